import { Trans, useLingui } from '@lingui/react/macro'
import { useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Daylight } from '../../../kit/pane/daylight.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Message } from '../../../kit/pane/message.tsx'
import { useAutopay, usePayCards, usePayMethods } from '../../data/payments.ts'
import { useOverview } from '../../data/queries.ts'
import type { AccountLine, Autopay, PayCard, PayMethod } from '../../data/types.ts'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Go } from '../../parts/go.tsx'
import { Screen } from '../../parts/screen.tsx'
import styles from './autopay.module.css'
import { RuleForm } from './rule-form.tsx'
import { RuleList } from './rule-list.tsx'

/** C12: what is paid by itself, the next charge before it is made, and the way to stop it. */
export function AutopayScreen() {
  const { t } = useLingui()
  const overview = useOverview(undefined)
  const asked = [useAutopay(), usePayCards(), usePayMethods()] as const
  const [rules, cards, methods] = asked
  const error = overview.error ?? rules.error ?? cards.error ?? methods.error
  const ready = overview.data && rules.data && cards.data && methods.data
  return (
    <Screen guide="screen.autopay" title={t`Автоплатёж`} layout="single">
      <Pane guide="autopay" aria-labelledby="autopay" aria-busy={(!ready && !error) || undefined}>
        <div className={styles.head}>
          <h1 id="autopay">
            <Trans>Автоплатёж</Trans>
          </h1>
          <Go guide="autopay.cards" to="/cards">
            <Trans>Сохранённые карты</Trans>
          </Go>
        </div>
        {ready ? (
          <Ready accounts={overview.data.accounts} rules={rules.data} cards={cards.data} methods={methods.data} />
        ) : error ? (
          <FaultMessage
            place="autopay.fault"
            title={t`Автоплатёж не загрузился`}
            error={error}
            onRetry={() => {
              if (overview.error) void overview.refetch()
              for (const each of asked) if (each.error) void each.refetch()
            }}
          />
        ) : (
          <Bones />
        )}
      </Pane>
    </Screen>
  )
}

interface ReadyProps {
  accounts: readonly AccountLine[]
  rules: readonly Autopay[]
  cards: readonly PayCard[]
  methods: readonly PayMethod[]
}

function Ready({ accounts, rules, cards, methods }: ReadyProps) {
  const [making, setMaking] = useState(false)
  const able = cards.filter((card) => !card.is_expired && card.methods.length > 0)
  const free = accounts.filter((line) => line.status !== 'closed' && !rules.some((rule) => rule.account === line.account))
  const mayMake = able.length > 0 && free.length > 0
  const begin = () => {
    setMaking(true)
  }
  if (making && mayMake) {
    return (
      <RuleForm
        accounts={free}
        cards={able}
        methods={methods}
        onDone={() => {
          setMaking(false)
        }}
      />
    )
  }
  if (rules.length === 0) return <Nothing onBegin={mayMake ? begin : undefined} />
  return (
    <>
      <RuleList rules={rules} accounts={accounts} />
      {mayMake && (
        <div className={styles.more}>
          <Button guide="autopay.more" onClick={begin}>
            <Trans>Добавить ещё счёт</Trans>
          </Button>
        </div>
      )}
    </>
  )
}

function Nothing({ onBegin }: { onBegin: (() => void) | undefined }) {
  const { t } = useLingui()
  return (
    <Message
      title={t`Счета могут оплачиваться сами`}
      drawing={<Daylight size="sign" />}
      actions={
        onBegin ? (
          <Button guide="autopay.first" look="main" onClick={onBegin}>
            <Trans>Включить автоплатёж</Trans>
          </Button>
        ) : (
          <Go guide="autopay.pay" look="main" to="/pay">
            <Trans>Оплатить</Trans>
          </Go>
        )
      }
    >
      <p>
        {onBegin ? (
          <Trans>За день до списания придёт СМС с суммой. Списание можно отменить, автоплатёж отключить.</Trans>
        ) : (
          <Trans>Для этого нужна сохранённая карта. Отметьте «Запомнить карту» при оплате.</Trans>
        )}
      </p>
    </Message>
  )
}

function Bones() {
  return (
    <>
      <Loading />
      <div className={styles.rule} aria-hidden="true">
        <p>
          <Bone characters={16} />
        </p>
        <p>
          <Bone characters={24} />
        </p>
      </div>
    </>
  )
}
