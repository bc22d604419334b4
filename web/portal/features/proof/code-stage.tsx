import { Trans, useLingui } from '@lingui/react/macro'
import { useEffect } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { timerText } from '../../../kit/time/people-time.ts'
import { useApi } from '../../data/context.tsx'
import type { CodeStep } from '../../data/types.ts'
import { CodeFault } from '../../parts/code-fault.tsx'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useCode } from '../../parts/use-code.ts'
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
  const { step, fault } = useStep((digits: string) => api.proofCode(digits), onProved)
  const { input, field, submit, clear } = useCode({ isShut: step.isPending, check: step.mutate })
  const { phone } = sent
  useEffect(() => {
    onStand(step.isPending)
  }, [onStand, step.isPending])
  useEffect(() => {
    input.current?.focus()
  }, [input])
  useEffect(() => {
    if (fault) input.current?.select()
  }, [fault, input])

  return (
    <form id={form} className={styles.fields} noValidate onSubmit={submit}>
      <Field
        {...field}
        ref={input}
        guide="proof.code"
        label={t`Шесть цифр из СМС`}
        hint={t`Отправили на ${phone}`}
        error={fault && <CodeFault fault={fault} />}
      />
      {fault && (fault.status === 0 || fault.status >= 500) && <ServiceAway fault={fault} />}
      <Resend
        firstWait={sent.resend_after_s}
        onSent={() => {
          step.reset()
          clear()
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
