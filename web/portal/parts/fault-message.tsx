import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '../../kit/controls/button.tsx'
import { Message } from '../../kit/pane/message.tsx'
import { Fault } from '../data/api.ts'
import { CopiedCode } from './copied-code.tsx'
import { Go } from './go.tsx'

interface FaultMessageProps {
  error: unknown
  onRetry: () => void
  /** Where it stands: `overview.state` gives `overview.state.retry` and `overview.state.code`. */
  place: string
  /** What did not load, when the fault is ours. */
  title?: string
  /** What is said when there is no such thing: its name and the step. Without it, of an account. */
  missing?: readonly [string, string]
  level?: 1 | 2
}

export function faultOf(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault(500, { code: 'page-error' })
}

/** What failed, what it means, what to do, and a code that can be read out. It takes one pane, never the page. */
export function FaultMessage({ error, onRetry, place, title, missing, level = 2 }: FaultMessageProps) {
  const fault = faultOf(error)
  const [name, words] = useWords(fault, title, missing)
  return (
    <div role="alert">
      <Message
        title={name}
        level={level}
        actions={
          fault.status === 404 ? (
            <Go guide={`${place}.overview`} to="/">
              <Trans>Перейти к обзору</Trans>
            </Go>
          ) : (
            <Button guide={`${place}.retry`} icon="again" onClick={onRetry}>
              <Trans>Попробовать ещё раз</Trans>
            </Button>
          )
        }
      >
        <p>{words}</p>
        <CopiedCode label={<Trans>Код:</Trans>} code={fault.reference} guide={`${place}.code`} />
      </Message>
    </div>
  )
}

function useWords(fault: Fault, title: string | undefined, missing: readonly [string, string] | undefined): readonly [string, string] {
  const { t } = useLingui()
  if (fault.status === 0) {
    return [
      t`Нет связи с сервером`,
      t`Проверьте интернет и попробуйте ещё раз. Ничего из того, что вы сделали раньше, не пропало.`,
    ]
  }
  if (fault.status === 429) {
    return [t`Слишком много запросов подряд`, t`Подождите минуту и попробуйте ещё раз.`]
  }
  if (fault.status === 404) {
    return missing ?? [t`Такого счёта здесь нет`, t`Возможно, ссылка устарела. Вернитесь на обзор и выберите счёт там.`]
  }
  return [
    title ?? t`Сейчас это не загрузилось`,
    t`Сбой на нашей стороне. Попробуйте ещё раз через минуту; если не поможет, позвоните нам и назовите код.`,
  ]
}
