import { Trans, useLingui } from '@lingui/react/macro'
import { useEffect, useRef, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { timerText } from '../../../kit/time/people-time.ts'
import { useApi } from '../../data/context.tsx'
import type { CodeStep } from '../../data/types.ts'
import { CODE_LENGTH, codeDigits } from '../../parts/code-digits.ts'
import { CodeFault } from '../../parts/code-fault.tsx'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useDeadline } from '../../parts/use-deadline.ts'
import styles from '../../parts/way-in.module.css'
import { useStep } from './use-step.ts'

interface CodeStageProps {
  form: string
  sent: CodeStep
  onStand: (isBusy: boolean) => void
  onProved: () => void
}

/** What they have. A full code is sent by itself, each code once. */
export function CodeStage({ form, sent, onStand, onProved }: CodeStageProps) {
  const { t } = useLingui()
  const api = useApi()
  const input = useRef<HTMLInputElement>(null)
  const tried = useRef('')
  const [code, setCode] = useState('')
  const { step, fault } = useStep((digits: string) => api.proofCode(digits), onProved)
  const { phone } = sent
  useEffect(() => {
    onStand(step.isPending)
  }, [onStand, step.isPending])
  useEffect(() => {
    input.current?.focus()
  }, [])
  useEffect(() => {
    if (fault) input.current?.select()
  }, [fault])

  const send = (digits: string) => {
    if (digits.length < CODE_LENGTH || step.isPending || digits === tried.current) return
    tried.current = digits
    step.mutate(digits)
  }
  return (
    <form
      id={form}
      className={styles.fields}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        tried.current = ''
        send(code)
      }}
    >
      <Field
        ref={input}
        guide="proof.code"
        look="code"
        label={t`Шесть цифр из СМС`}
        hint={t`Отправили на ${phone}`}
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        error={fault && <CodeFault fault={fault} />}
        onChange={(event) => {
          const digits = codeDigits(event.target.value)
          setCode(digits)
          send(digits)
        }}
      />
      {fault && (fault.status === 0 || fault.status >= 500) && <ServiceAway fault={fault} />}
      <Resend
        firstWait={sent.resend_after_s}
        onSent={() => {
          step.reset()
          tried.current = ''
          setCode('')
          input.current?.focus()
        }}
      />
    </form>
  )
}

function Resend({ firstWait, onSent }: { firstWait: number; onSent: () => void }) {
  const { t } = useLingui()
  const api = useApi()
  const next = useDeadline(firstWait)
  const { step, fault, wait } = useStep(
    () => api.proofResend(),
    ({ resend_after_s }) => {
      next.start(resend_after_s)
      onSent()
    },
  )
  const seconds = Math.max(next.left ?? 0, wait ?? 0)
  const timer = timerText(seconds)
  return (
    <div className={styles.resend}>
      {seconds > 0 ? (
        <p className={styles.timer}>
          <Trans>Новый код можно запросить через {timer}</Trans>
        </p>
      ) : (
        <div className={styles.others}>
          <Button
            guide="proof.resend"
            look="quiet"
            busy={step.isPending}
            onClick={() => {
              step.mutate(undefined)
            }}
          >
            {t`Отправить код ещё раз`}
          </Button>
        </div>
      )}
      {fault && fault.status !== 429 && <ServiceAway fault={fault} />}
    </div>
  )
}
