import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Dialog } from '../../../kit/floats/dialog.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import type { PayCard } from '../../data/types.ts'
import { isUnproved, useProved } from '../../parts/proof.ts'
import { ServiceAway } from '../../parts/service-away.tsx'
import styles from './cards.module.css'

/** What is done to a card, and the list anew whatever came of it: another tab may have been first. */
function useAct(act: (id: string) => Promise<void>) {
  const client = useQueryClient()
  const proved = useProved()
  return useMutation({
    mutationFn: (id: string) => proved(() => act(id)),
    onSettled: () => client.invalidateQueries({ queryKey: keys.payCards }),
  })
}

export function CardList({ cards }: { cards: readonly PayCard[] }) {
  const { t } = useLingui()
  const api = useApi()
  const first = useAct(api.cardDefault)
  const remove = useAct(api.cardRemove)
  const [leaving, setLeaving] = useState<PayCard | null>(null)
  const error = remove.error ?? first.error
  const fault = error instanceof Fault ? error : null
  const title = leaving?.title
  return (
    <>
      <ul className={styles.list}>
        {cards.map((card) => (
          <li key={card.id} className={styles.card}>
            <span className={styles.title}>{card.title}</span>
            <span className={styles.under}>
              <Term card={card} />
            </span>
            <span className={styles.acts}>
              {!card.is_default && !card.is_expired && (
                <Button
                  guide={`cards.default.${card.id}`}
                  look="quiet"
                  busy={first.isPending && first.variables === card.id}
                  aria-label={t`Сделать основной: ${card.title}`}
                  onClick={() => {
                    first.mutate(card.id)
                  }}
                >
                  <Trans>Сделать основной</Trans>
                </Button>
              )}
              <Button
                guide={`cards.remove.${card.id}`}
                look="quiet"
                aria-label={t`Удалить: ${card.title}`}
                onClick={() => {
                  setLeaving(card)
                }}
              >
                <Trans>Удалить</Trans>
              </Button>
            </span>
          </li>
        ))}
      </ul>
      {fault && <Refused fault={fault} />}
      <Dialog
        guide="cards.dialog"
        title={t`Удалить карту?`}
        open={leaving !== null}
        onClose={() => {
          setLeaving(null)
        }}
        actions={
          <>
            <Button
              guide="cards.dialog.remove"
              look="main"
              onClick={() => {
                if (leaving) remove.mutate(leaving.id)
                setLeaving(null)
              }}
            >
              <Trans>Удалить</Trans>
            </Button>
            <Button
              guide="cards.dialog.keep"
              onClick={() => {
                setLeaving(null)
              }}
            >
              <Trans>Оставить</Trans>
            </Button>
          </>
        }
      >
        <p>
          <Trans>Платить картой {title} без ввода данных больше не получится. Сама карта продолжит работать.</Trans>
        </p>
      </Dialog>
    </>
  )
}

function Term({ card }: { card: PayCard }) {
  const [year, month] = (card.expires ?? '').split('-')
  const until = `${month ?? ''}/${year?.slice(-2) ?? ''}`
  if (card.is_expired) {
    return (
      <span className={styles.expired}>
        <Trans>срок вышел в {until}, заплатить ей нельзя</Trans>
      </span>
    )
  }
  return (
    <>
      {card.is_default && <Trans>основная</Trans>}
      {card.is_default && card.expires && ' · '}
      {card.expires && <Trans>до {until}</Trans>}
    </>
  )
}

/** A card that is gone already is no fault: the list has just said so. */
function Refused({ fault }: { fault: Fault }) {
  if (fault.status === 404 || isUnproved(fault)) return null
  if (fault.code === 'card-expired') {
    return (
      <Note tone="error" icon="warning" live>
        <Trans>Срок действия этой карты вышел: основной её не сделать.</Trans>
      </Note>
    )
  }
  return <ServiceAway fault={fault} />
}
