import { useLingui } from '@lingui/react/macro'
import type { PayMethod } from '../data/types.ts'

/** What a way to pay is called: by the company, else by its kind. */
export function WayName({ method }: { method: PayMethod }) {
  const { t, i18n } = useLingui()
  const words: Record<PayMethod['kind'], string> = {
    card: t`Банковской картой`,
    sbp: t`Через СБП`,
    wallet: t`Из кошелька`,
    bank: t`Через банк`,
  }
  if (method.title) return i18n.locale === 'ru' ? method.title.ru : method.title.en
  return words[method.kind]
}
