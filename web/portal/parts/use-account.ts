import { useSearchParams } from 'wouter'

/** The account that the address names; without one the server shows the first. */
export function useAccountInAddress(): string | undefined {
  const [parameters] = useSearchParams()
  return parameters.get('account') ?? undefined
}

/** The way to a screen with the same account in sight. */
export function withAccount(path: string, account: string | undefined): string {
  return account === undefined ? path : `${path}?${new URLSearchParams({ account }).toString()}`
}
