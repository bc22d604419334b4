import { Trans, useLingui } from '@lingui/react/macro'
import { Pane } from '../../kit/pane/frame.tsx'
import { Message } from '../../kit/pane/message.tsx'
import { Go } from '../parts/go.tsx'
import { Screen } from '../parts/screen.tsx'

/** C20: an address that leads nowhere. */
export function NotFoundScreen() {
  const { t } = useLingui()
  return (
    <Screen guide="screen.not-found" title={t`Такой страницы нет`} layout="single" wall="lit">
      <Pane guide="not-found">
        <Message
          title={t`Такой страницы нет`}
          level={1}
          actions={
            <Go guide="not-found.overview" to="/">
              <Trans>Перейти к обзору</Trans>
            </Go>
          }
        >
          <p>
            <Trans>Возможно, в адресе опечатка или ссылка устарела. Счёт и операции на месте.</Trans>
          </p>
        </Message>
      </Pane>
    </Screen>
  )
}
