import { Trans } from '@lingui/react/macro'

/** «Лицевой счёт ··· 4567»: the last digits are enough to know it by, and all that the portal tells. */
export function AccountName({ tail }: { tail: string }) {
  const masked = `···\u00a0${tail}`
  return <Trans>Лицевой счёт {masked}</Trans>
}
