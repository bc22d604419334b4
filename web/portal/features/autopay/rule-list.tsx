import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Dialog } from '../../../kit/floats/dialog.tsx'
import { Money } from '../../../kit/money/money.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import type { AccountLine, Autopay } from '../../data/types.ts'
import { Go } from '../../parts/go.tsx'
import { isUnproved, useProved } from '../../parts/proof.ts'
import { ServiceAway } from '../../parts/service-away.tsx'
import styles from './autopay.module.css'

type Act = 'pause' | 'resume' | 'end' | 'stop'

export function RuleList({ rules, accounts }: { rules: readonly Autopay[]; accounts: readonly AccountLine[] }) {
  const { t } = useLingui()
  const api = useApi()
  const client = useQueryClient()
  const proved = useProved()
  const [ending, setEnding] = useState<Autopay | null>(null)
  const act = useMutation({
    mutationFn: ({ rule, what }: { rule: Autopay; what: Act }) => {
      if (what === 'end') return api.autopayEnd(rule.id)
      if (what === 'stop') return api.autopayStop(rule.id, rule.turn?.id ?? '')
      return proved(() => api.autopayAct(rule.id, what))
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.autopay }),
  })
  const fault = act.error instanceof Fault ? act.error : null
  return (
    <>
      {rules.map((rule) => {
        const line = accounts.find((each) => each.account === rule.account)
        const busy = (what: Act) => act.isPending && act.variables.rule.id === rule.id && act.variables.what === what
        const press = (what: Act) => () => {
          act.mutate({ rule, what })
        }
        return (
          <section key={rule.id} className={styles.rule} data-guide={`autopay.rule.${rule.id}`}>
            <h2 className={styles.title}>
              {line?.title ? `${line.title} ` : ''}···&nbsp;{line?.tail}
            </h2>
            <p>
              <When rule={rule} />
            </p>
            <p className={styles.under}>
              <Terms rule={rule} />
            </p>
            {rule.turn && <Turn rule={rule} turn={rule.turn} />}
            <div className={styles.acts}>
              {rule.turn?.state === 'announced' && (
                <Button guide={`autopay.stop.${rule.id}`} busy={busy('stop')} onClick={press('stop')}>
                  <Trans>Не списывать в этот раз</Trans>
                </Button>
              )}
              {rule.state === 'on' ? (
                <Button guide={`autopay.pause.${rule.id}`} look="quiet" busy={busy('pause')} onClick={press('pause')}>
                  <Trans>Приостановить</Trans>
                </Button>
              ) : (
                <Button guide={`autopay.resume.${rule.id}`} busy={busy('resume')} onClick={press('resume')}>
                  <Trans>Возобновить</Trans>
                </Button>
              )}
              <Button
                guide={`autopay.end.${rule.id}`}
                look="quiet"
                onClick={() => {
                  setEnding(rule)
                }}
              >
                <Trans>Отключить</Trans>
              </Button>
            </div>
          </section>
        )
      })}
      {fault && <Refused fault={fault} />}
      <Dialog
        guide="autopay.dialog"
        title={t`Отключить автоплатёж?`}
        open={ending !== null}
        onClose={() => {
          setEnding(null)
        }}
        actions={
          <>
            <Button
              guide="autopay.dialog.end"
              look="main"
              onClick={() => {
                if (ending) act.mutate({ rule: ending, what: 'end' })
                setEnding(null)
              }}
            >
              <Trans>Отключить</Trans>
            </Button>
            <Button
              guide="autopay.dialog.keep"
              onClick={() => {
                setEnding(null)
              }}
            >
              <Trans>Оставить</Trans>
            </Button>
          </>
        }
      >
        <p>
          <Trans>Списаний больше не будет, и того, о котором уже пришло СМС, тоже.</Trans>
        </p>
      </Dialog>
    </>
  )
}

function When({ rule }: { rule: Autopay }) {
  const { day } = rule
  return day === null ? (
    <Trans>Платит долг на следующий день после того, как он появился</Trans>
  ) : (
    <Trans>Платит долг {day}-го числа каждого месяца</Trans>
  )
}

function Terms({ rule }: { rule: Autopay }) {
  const ceiling = <Money amount={rule.ceiling} currency={rule.currency} />
  const title = rule.card_title.replaceAll(' ', '\u00a0')
  return (
    <>
      <Trans>
        не больше {ceiling} за раз, картой {title}
      </Trans>
      {rule.state === 'paused' && (
        <>
          {' · '}
          <strong className={styles.paused}>
            <Trans>приостановлен</Trans>
          </strong>
        </>
      )}
    </>
  )
}

/** The latest charge: what will be taken, or what has become of it. */
function Turn({ rule, turn }: { rule: Autopay; turn: NonNullable<Autopay['turn']> }) {
  const { i18n } = useLingui()
  const money = <Money amount={turn.amount} currency={rule.currency} />
  const day = new Intl.DateTimeFormat(i18n.locale, { day: 'numeric', month: 'long', timeZone: 'UTC' }).format(
    new Date(`${turn.due_on}T00:00:00Z`),
  )
  const words: Record<typeof turn.state, () => ReactNode> = {
    announced: () => (
      <Trans>
        {day} спишем {money}
      </Trans>
    ),
    charging: () => <Trans>Списываем {money}. Если банк откажет, попробуем ещё дважды за четыре дня.</Trans>,
    paid: () => (
      <Trans>
        {day} списали {money}
      </Trans>
    ),
    failed: () =>
      turn.reason === 'owner-wanted' ? (
        <Trans>Списать {money} не удалось: банк просит вашего подтверждения. Заплатите сами.</Trans>
      ) : (
        <Trans>Списать {money} не удалось: банк отказал. Заплатите сами или выберите другую карту.</Trans>
      ),
    stopped: () => <Trans>Списание {money} вы отменили</Trans>,
    skipped: () => <Skipped reason={turn.reason} money={money} />,
  }
  const isBad = turn.state === 'failed' || (turn.state === 'skipped' && turn.reason !== 'nothing-owed')
  return (
    <div className={styles.turn}>
      <Note tone={isBad ? 'error' : turn.state === 'announced' ? 'waiting' : 'plain'} icon={isBad ? 'warning' : turn.state === 'paid' ? 'done' : 'clock'}>
        {words[turn.state]()}
      </Note>
      {turn.payment ? (
        <Go guide={`autopay.payment.${rule.id}`} to={`/payments/${turn.payment}`}>
          <Trans>Платёж</Trans>
        </Go>
      ) : (
        isBad && (
          <Go guide={`autopay.self.${rule.id}`} to={`/pay?account=${rule.account}`}>
            <Trans>Оплатить</Trans>
          </Go>
        )
      )}
    </div>
  )
}

function Skipped({ reason, money }: { reason: string; money: ReactNode }) {
  if (reason === 'ceiling') return <Trans>Долг {money} больше вашего предела, ничего не списали</Trans>
  if (reason === 'card-expired') return <Trans>Не списали {money}: срок действия карты вышел</Trans>
  if (reason === 'card-gone') return <Trans>Не списали {money}: карта удалена</Trans>
  if (reason === 'rule-off') return <Trans>Не списали {money}: автоплатёж был приостановлен</Trans>
  return <Trans>Долга уже не было, ничего не списали</Trans>
}

function Refused({ fault }: { fault: Fault }) {
  if (isUnproved(fault)) return null
  if (fault.code === 'wrong-step') {
    return (
      <Note tone="waiting" icon="clock" live>
        <Trans>За это время всё изменилось. Выше то, что есть сейчас.</Trans>
      </Note>
    )
  }
  if (fault.code === 'card-expired' || fault.status === 404) {
    return (
      <Note tone="error" icon="warning" live>
        <Trans>Этой картой платить уже нельзя. Отключите этот автоплатёж и включите новый, с другой картой.</Trans>
      </Note>
    )
  }
  return <ServiceAway fault={fault} />
}
