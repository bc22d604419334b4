import { Trans, useLingui } from '@lingui/react/macro'
import { type ReactNode, useCallback, useId, useRef, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Dialog } from '../../../kit/floats/dialog.tsx'
import type { CodeStep } from '../../data/types.ts'
import { type Prove, ProofContext } from '../../parts/proof.ts'
import { WaitWord } from '../../parts/wait-word.tsx'
import { CodeStage } from './code-stage.tsx'
import { PasswordStage } from './password-stage.tsx'

const IDLE = { isBusy: false, wait: null }

/** ASVS 7.5.1: before what changes how money is taken, password and code once more; the page behind it stays as it is. */
export function ProofGate({ children }: { children: ReactNode }) {
  const { t } = useLingui()
  const form = useId()
  const asker = useRef<((proved: boolean) => void) | null>(null)
  const [open, setOpen] = useState(false)
  const [sent, setSent] = useState<CodeStep | null>(null)
  const [{ isBusy, wait }, setStanding] = useState<{ isBusy: boolean; wait: number | null }>(IDLE)
  const stand = useCallback((busy: boolean, seconds: number | null = null) => {
    setStanding({ isBusy: busy, wait: seconds })
  }, [])

  const prove = useCallback<Prove>(() => {
    // One question at a time: who asks a second time hears the answer to it alone.
    asker.current?.(false)
    setSent(null)
    setOpen(true)
    return new Promise((resolve) => {
      asker.current = resolve
    })
  }, [])
  const end = (proved: boolean) => {
    setOpen(false)
    asker.current?.(proved)
    asker.current = null
  }
  return (
    <ProofContext value={prove}>
      {children}
      <Dialog
        guide="proof"
        title={t`Подтвердите, что это вы`}
        open={open}
        onClose={() => {
          end(false)
        }}
        actions={
          <>
            <Button guide="proof.submit" look="main" type="submit" form={form} busy={isBusy} disabled={wait !== null}>
              {wait === null ? sent ? t`Подтвердить` : t`Получить код` : <WaitWord seconds={wait} />}
            </Button>
            <Button
              guide="proof.later"
              onClick={() => {
                end(false)
              }}
            >
              <Trans>Не сейчас</Trans>
            </Button>
          </>
        }
      >
        {sent ? (
          <CodeStage
            form={form}
            sent={sent}
            onStand={stand}
            onProved={() => {
              end(true)
            }}
          />
        ) : (
          <PasswordStage form={form} onStand={stand} onSent={setSent} />
        )}
      </Dialog>
    </ProofContext>
  )
}
