import { Trans } from '@lingui/react/macro'
import { lazy, Suspense, useSyncExternalStore } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { useNow } from '../../../kit/time/clock.tsx'
import { useWorld } from '../../data/context.tsx'
import type { Payment } from '../../data/types.ts'
import { keepLeft } from '../../parts/left.ts'
import { Checking, Late } from './checking.tsx'
import styles from './payment.module.css'
import { isWebPage, type Wait } from './use-leaving.ts'

// The drawing of a code comes only to whom a code is given.
const Symbol = lazy(() => import('./symbol.tsx'))

const SLOW_MS = 20_000
const TOUCH = '(pointer: coarse)'

interface LeavingProps {
  payment: Payment
  /** On the way out: the browser goes by itself as soon as it is known where to. */
  leaving: boolean
  wait: Wait
  onStay: () => void
  /** Nobody is signed in: there is no list to find the payment in. */
  open?: boolean
}

/** C9: the way to the payment system's page, in the form that this payment system has; C11: back from there. */
export function Leaving({ payment, leaving, wait, onStay, open = false }: LeavingProps) {
  const { go } = payment
  const slow = useNow(1000) - Date.parse(payment.accepted_at) > SLOW_MS
  if (wait.back) {
    return (
      <>
        {wait.late ? <Late payment={payment} open={open} /> : <Checking />}
        <Way payment={payment} again />
      </>
    )
  }
  if (go === null) {
    return (
      <p className={styles.lead}>
        {slow && open ? (
          <Trans>
            Платёжная система отвечает дольше обычного. Спрашиваем её сами, второй раз начинать не нужно. Не закрывайте эту
            страницу.
          </Trans>
        ) : slow ? (
          <Trans>
            Платёжная система отвечает дольше обычного. Спрашиваем её сами, второй раз начинать не нужно. Страницу можно
            закрыть: платёж останется в разделе «Платежи».
          </Trans>
        ) : (
          <Trans>Спрашиваем у платёжной системы страницу оплаты. Это пара секунд.</Trans>
        )}
      </p>
    )
  }
  if (leaving) {
    return (
      <>
        <p className={styles.lead}>
          <Trans>Открываем страницу платёжной системы. После оплаты она вернёт вас сюда.</Trans>
        </p>
        <p className={styles.actions}>
          <Button guide="payment.stay" look="quiet" onClick={onStay}>
            <Trans>Страница не открылась?</Trans>
          </Button>
        </p>
      </>
    )
  }
  return (
    <>
      <p className={styles.lead}>
        <Trans>Уже оплатили? Ничего не делайте, подтверждение появится здесь само. Если ещё нет, оплатите сейчас.</Trans>
      </p>
      <Way payment={payment} />
      {wait.late && <Late payment={payment} open={open} />}
    </>
  )
}

/** `again`: whoever is back may have paid; going on is offered quietly. It is the same attempt, so it is paid once. */
function Way({ payment, again = false }: { payment: Payment; again?: boolean }) {
  const { leave } = useWorld()
  const { id, go } = payment
  const look = again ? 'plain' : 'main'
  const words = again ? <Trans>Не оплатили? Вернуться к оплате</Trans> : <Trans>Перейти к оплате</Trans>
  switch (go?.kind) {
    case undefined:
      return null
    case 'redirect':
      return (
        <p className={styles.actions}>
          <Button
            guide="payment.go"
            look={look}
            onClick={() => {
              if (!isWebPage(go.url)) return
              keepLeft(id)
              leave(go.url)
            }}
          >
            {words}
          </Button>
        </p>
      )
    case 'form':
      return (
        <form
          method="post"
          action={isWebPage(go.url) ? go.url : undefined}
          className={styles.actions}
          onSubmit={() => {
            keepLeft(id)
          }}
        >
          {go.fields.map(([name, value], index) => (
            <input key={index} type="hidden" name={name} value={value} data-guide={`payment.field.${String(index)}`} />
          ))}
          <Button guide="payment.post" look={look} type="submit">
            {words}
          </Button>
        </form>
      )
    case 'symbol':
      return <Code id={id} payload={go.payload} look={look} />
  }
}

function follow(listener: () => void): () => void {
  const query = matchMedia(TOUCH)
  query.addEventListener('change', listener)
  return () => {
    query.removeEventListener('change', listener)
  }
}

/** On a phone the code is a link to the bank's app; elsewhere it is drawn for the phone's camera. */
function Code({ id, payload, look }: { id: string; payload: string; look: 'plain' | 'main' }) {
  const isPhone = useSyncExternalStore(follow, () => matchMedia(TOUCH).matches)
  const { leave } = useWorld()
  if (isPhone && isWebPage(payload)) {
    return (
      <p className={styles.actions}>
        <Button
          guide="payment.app"
          look={look}
          onClick={() => {
            keepLeft(id)
            leave(payload)
          }}
        >
          <Trans>Открыть приложение банка</Trans>
        </Button>
      </p>
    )
  }
  return (
    <figure className={styles.code}>
      <Suspense fallback={<div className={styles.symbol} />}>
        <Symbol payload={payload} />
      </Suspense>
      <figcaption>
        <Trans>Наведите камеру телефона на код и подтвердите оплату в приложении банка. Эта страница узнает сама.</Trans>
      </figcaption>
    </figure>
  )
}
