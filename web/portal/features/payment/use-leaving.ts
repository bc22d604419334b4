import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useWorld } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import type { Payment } from '../../data/types.ts'

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
  const { go, state } = payment
  const url = go?.kind === 'redirect' && isWebPage(go.url) ? go.url : null

  useEffect(() => {
    client.removeQueries({ queryKey: keys.leaving })
  }, [client])
  useEffect(() => {
    if (leaving && url !== null) leave(url)
  }, [leaving, url, leave])
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
  return {
    leaving: leaving && state === 'accepted' && (go === null || url !== null),
    stay: () => {
      setLeaving(false)
    },
    leaveAgain: () => {
      setLeaving(true)
    },
  }
}
