import { Trans, useLingui } from '@lingui/react/macro'
import { Daylight } from '../../../kit/pane/daylight.tsx'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Message } from '../../../kit/pane/message.tsx'
import { usePayCards } from '../../data/payments.ts'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Go } from '../../parts/go.tsx'
import { Screen } from '../../parts/screen.tsx'
import { CardList } from './card-list.tsx'
import styles from './cards.module.css'

/** C12: cards that the customer let us keep. Which one comes first, and none that he does not want there. */
export function CardsScreen() {
  const { t } = useLingui()
  const cards = usePayCards()
  return (
    <Screen guide="screen.cards" title={t`Сохранённые карты`} layout="single" {...(cards.data?.length === 0 && { wall: 'lit' })}>
      <Pane guide="cards" aria-labelledby="cards" aria-busy={cards.isPending || undefined}>
        <div className={styles.head}>
          <h1 id="cards">
            <Trans>Сохранённые карты</Trans>
          </h1>
          <Go guide="cards.payments" to="/payments">
            <Trans>К платежам</Trans>
          </Go>
        </div>
        {cards.data ? (
          cards.data.length > 0 ? (
            <CardList cards={cards.data} />
          ) : (
            <Nothing />
          )
        ) : cards.error ? (
          <FaultMessage
            place="cards.fault"
            title={t`Карты не загрузились`}
            error={cards.error}
            onRetry={() => {
              void cards.refetch()
            }}
          />
        ) : (
          <Bones />
        )}
      </Pane>
    </Screen>
  )
}

function Nothing() {
  const { t } = useLingui()
  return (
    <Message
      title={t`Сохранённых карт нет`}
      drawing={<Daylight size="sign" />}
      actions={
        <Go guide="cards.first" look="main" to="/pay">
          <Trans>Оплатить</Trans>
        </Go>
      }
    >
      <p>
        <Trans>Отметьте «Запомнить карту» при оплате, и в следующий раз вводить её не придётся.</Trans>
      </p>
    </Message>
  )
}

const BONES = 2

function Bones() {
  return (
    <>
      <Loading />
      <ul className={styles.list} aria-hidden="true">
        {Array.from({ length: BONES }, (_, index) => (
          <li key={index} className={styles.card}>
            <span className={styles.title}>
              <Bone characters={11} />
            </span>
            <span className={styles.under}>
              <Bone characters={12} />
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}
