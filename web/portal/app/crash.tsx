import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { Component } from 'react'
import { Button } from '../../kit/controls/button.tsx'
import { Frame, Pane } from '../../kit/pane/frame.tsx'
import { Message } from '../../kit/pane/message.tsx'
import { Screen } from '../parts/screen.tsx'

interface CrashProps {
  children: ReactNode
  reload?: () => void
}

/** C20: the page itself failed, or a new release has taken the place of its files. Never a white screen. */
export class Crash extends Component<CrashProps, { error: Error | null }> {
  override state = { error: null as Error | null }

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override render(): ReactNode {
    if (!this.state.error) return this.props.children
    const reload = this.props.reload ?? (() => location.reload())
    return (
      <Frame>
        <Screen guide="screen.crash" title={document.title} layout="single" wall="dark">
          <Pane guide="crash" role="alert">
            <Message
              title={<Trans>Страницу нужно обновить</Trans>}
              level={1}
              actions={
                <Button guide="crash.reload" look="main" icon="again" onClick={reload}>
                  <Trans>Обновить</Trans>
                </Button>
              }
            >
              <p>
                <Trans>Вышла новая версия кабинета или на странице случился сбой. Со счётом и операциями всё в порядке.</Trans>
              </p>
            </Message>
          </Pane>
        </Screen>
      </Frame>
    )
  }
}
