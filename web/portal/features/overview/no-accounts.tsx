import { Trans, useLingui } from '@lingui/react/macro'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Message } from '../../../kit/pane/message.tsx'

/** A user is not a customer: one may be signed in and see no account yet. */
export function NoAccounts() {
  const { t } = useLingui()
  return (
    <Pane guide="overview.no-accounts">
      <Message title={t`Счёта в кабинете пока нет`} level={1}>
        <p>
          <Trans>
            Обычно счёт появляется здесь в день заключения договора. Если договор уже есть, позвоните нам: мы откроем доступ
            к счёту, пока вы на линии.
          </Trans>
        </p>
      </Message>
    </Pane>
  )
}
