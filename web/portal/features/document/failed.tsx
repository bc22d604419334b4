import { Trans, useLingui } from '@lingui/react/macro'
import type { Paper } from '../../data/types.ts'
import { Go } from '../../parts/go.tsx'
import styles from './document.module.css'

const OURS = new Set(['payee-wrong', 'does-not-add-up', 'other-account', 'payload-wrong', 'symbol-wrong'])

/** Why there is no document, and what to do. */
export function Failed({ paper }: { paper: Paper }) {
  const { t } = useLingui()
  const trouble = paper.trouble ?? ''
  const isTooLarge = trouble === 'period-too-large'
  const why =
    trouble === 'bill-unknown'
      ? t`Выставленных счетов пока нет. Заплатить можно и по квитанции.`
      : OURS.has(trouble)
        ? t`Данные для документа не прошли проверку, и мы не стали его выдавать. Мы уже разбираемся, попробуйте позже.`
        : isTooLarge
          ? t`За эти дни операций больше, чем помещается в один документ. Выберите период короче, например месяц.`
          : t`Учётная система сейчас не отвечает. Попробуйте через несколько минут.`
  const again = paper.kind === 'bill' ? 'slip' : paper.kind
  return (
    <div role="alert" className={styles.asked}>
      <p className={styles.failed}>
        <Trans>Документ не получился</Trans>
      </p>
      <p>{why}</p>
      <p className={styles.until}>
        <Trans>Код: {trouble}</Trans>
      </p>
      <Go guide="document.again" look="main" to={`/documents/new/${again}?account=${paper.account_id}`}>
        {paper.kind === 'bill' ? (
          <Trans>Сделать квитанцию</Trans>
        ) : isTooLarge ? (
          <Trans>Выбрать другой период</Trans>
        ) : (
          <Trans>Запросить ещё раз</Trans>
        )}
      </Go>
    </div>
  )
}
