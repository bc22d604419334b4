import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useClock, useNow } from '../../../kit/time/clock.tsx'
import { useWorld } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import type { Payment } from '../../data/types.ts'
import { backSince, forgetLeft, keepLeft } from '../../parts/left.ts'

/** How long a page checks before it says calmly that no answer has come (ux.md, C11). */
export const CHECKING_MS = 120_000

/** Only a page of the web is gone to, whatever an answer holds. */
export function isWebPage(url: string): boolean {
  return /^https?:\/\//iu.test(url)
}

/**
 * Goes to the payment system's page once, right after the customer's own press. Whoever comes back, reloads or finds
 * the payment in his list is not thrown out again: he has a button.
 */
export function useLeaving(payment: Payment) {
  const client = useQueryClient()
  const { leave } = useWorld()
  const [leaving, setLeaving] = useState(() => client.getQueryData(keys.leaving) === payment.id)
  const { id, go, state } = payment
  const url = go?.kind === 'redirect' && isWebPage(go.url) ? go.url : null
  const { wait, begin } = useWait(payment)

  useEffect(() => {
    client.removeQueries({ queryKey: keys.leaving })
  }, [client])
  useEffect(() => {
    if (!leaving || url === null) return
    keepLeft(id)
    leave(url)
  }, [leaving, id, url, leave])
  useEffect(() => {
    // A page kept by the browser comes back as it was left.
    const back = (event: PageTransitionEvent) => {
      if (event.persisted) setLeaving(false)
    }
    addEventListener('pageshow', back)
    return () => {
      removeEventListener('pageshow', back)
    }
  }, [])
  const isLeaving = leaving && state === 'accepted' && (go === null || url !== null)
  return {
    leaving: isLeaving,
    wait: isLeaving ? NONE : wait,
    stay: () => {
      begin()
      setLeaving(false)
    },
    leaveAgain: () => {
      begin()
      setLeaving(true)
    },
  }
}

/** What the page of an open payment waits for. `back`: its payer has been at the payment system's page and may have
 * paid. `late`: no answer has come within the bound. */
export interface Wait {
  back: boolean
  late: boolean
}

const NONE: Wait = { back: false, late: false }

/** `begin` counts anew, as if the payer had not left yet. */
function useWait({ id }: Payment): { wait: Wait; begin: () => void } {
  const clock = useClock()
  const [opened, setOpened] = useState(clock)
  const [back, setBack] = useState(() => backSince(id, clock()))
  const now = useNow(1000)
  useEffect(() => {
    // An app of a bank opens above this page, which is never left then but comes into sight again.
    const look = () => {
      if (document.visibilityState === 'visible') setBack(backSince(id, clock()))
    }
    document.addEventListener('visibilitychange', look)
    addEventListener('pageshow', look)
    return () => {
      document.removeEventListener('visibilitychange', look)
      removeEventListener('pageshow', look)
    }
  }, [id, clock])
  return {
    wait: { back: back !== null, late: now - (back ?? opened) >= CHECKING_MS },
    begin: () => {
      forgetLeft(id)
      setBack(null)
      setOpened(clock())
    },
  }
}
