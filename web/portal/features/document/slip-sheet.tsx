import { Trans, useLingui } from '@lingui/react/macro'
import type { Slip, SlipLines, SlipSymbol } from '../../data/types.ts'
import styles from './slip-sheet.module.css'

/**
 * Form ПД-4 as the bank's clerk knows it: notice above, receipt below, a cut line between. Its words are the form's own,
 * in Russian whatever the portal speaks; notes to the reader are in his language. Everything is measured in millimetres
 * of the paper, on the screen as in print.
 */
export function SlipSheet({ slip }: { slip: Slip }) {
  const { i18n } = useLingui()
  return (
    <article className={styles.sheet} data-paper="slip" lang="ru">
      <Half title="Извещение" slip={slip} />
      <p className={styles.cut} lang={i18n.locale}>
        <span>
          <Trans>линия отреза</Trans>
        </span>
      </p>
      <Half title="Квитанция" slip={slip} />
    </article>
  )
}

function Half({ title, slip: { lines, symbol, sbp } }: { title: string; slip: Slip }) {
  const { t, i18n } = useLingui()
  return (
    <section className={styles.half}>
      <div className={styles.left}>
        <h2 className={styles.title}>{title}</h2>
        <Code
          className={styles.symbol}
          symbol={symbol}
          says={t`Код для оплаты в приложении банка или терминале: те же реквизиты, что на этой квитанции`}
        />
        <p className={styles.small} lang={i18n.locale}>
          <Trans>Наведите камеру приложения вашего банка: реквизиты заполнятся сами.</Trans>
        </p>
        {sbp && (
          <div className={styles.sbp}>
            <Code symbol={sbp} says={t`Код СБП: открывает оплату получателю, без суммы и без лицевого счёта`} />
            <p className={styles.small} lang={i18n.locale}>
              <Trans>Код СБП. Сумму и номер лицевого счёта в сообщении впишите сами: код выше делает это за вас.</Trans>
            </p>
          </div>
        )}
        <Line caption="Кассир" />
      </div>
      <Fields lines={lines} />
    </section>
  )
}

function Code({ symbol, says, className }: { symbol: SlipSymbol; says: string; className?: string | undefined }) {
  const { i18n } = useLingui()
  const side = String(symbol.side)
  const box = `0 0 ${side} ${side}`
  return (
    <svg className={className} viewBox={box} role="img" aria-label={says} lang={i18n.locale} shapeRendering="crispEdges">
      <path d={symbol.path} />
    </svg>
  )
}

function Fields({ lines }: { lines: SlipLines }) {
  return (
    <div className={styles.right}>
      <p className={styles.form}>Форма № ПД-4</p>
      <Line value={lines.payee} caption="наименование получателя платежа" strong />
      <div className={styles.row} data-parts="inn">
        <Line value={lines.inn} caption="ИНН получателя" />
        <Line value={lines.kpp} caption="КПП" />
        <Line value={lines.account} caption="номер счёта получателя" />
      </div>
      <div className={styles.row} data-parts="bank">
        <Line value={lines.bank} caption="банк получателя" />
        <Line value={lines.bic} caption="БИК" />
      </div>
      <Line value={lines.correspondent_account} caption="номер корреспондентского счёта банка получателя" />
      <Line value={lines.purpose} caption="назначение платежа" />
      <div className={styles.row} data-parts="payer">
        <Line value={lines.number} caption="лицевой счёт плательщика" strong />
        <Line value={lines.period} caption="за период" />
      </div>
      <Line value={lines.name} caption="фамилия, имя, отчество (название) плательщика" />
      <Line value={lines.address} caption="адрес плательщика" />
      <div className={styles.row} data-parts="sum">
        <Line value={lines.roubles} caption="сумма платежа, руб." strong />
        <Line value={lines.kopecks} caption="коп." strong />
        <Line caption="плата за услуги, руб." />
        <Line caption="коп." />
      </div>
      <div className={styles.row} data-parts="total">
        <Line caption="итого, руб." />
        <Line caption="коп." />
        <Line caption="дата" />
      </div>
      <div className={styles.row} data-parts="signature">
        <p className={styles.small}>
          С условиями приёма указанной в платёжном документе суммы, в том числе с суммой платы за услуги банка,
          ознакомлен и согласен.
        </p>
        <Line caption="подпись плательщика" />
      </div>
    </div>
  )
}

/** A value over its caption; an empty one leaves a line to write on. */
function Line({ value = '', caption, strong = false }: { value?: string; caption: string; strong?: boolean }) {
  return (
    <p className={styles.line} data-strong={strong || undefined}>
      <span className={styles.value}>{value || '\u00a0'}</span>
      <span className={styles.caption}>{caption}</span>
    </p>
  )
}
