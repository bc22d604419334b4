import { Trans, useLingui } from '@lingui/react/macro'
import { useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Choice } from '../../../kit/controls/choice.tsx'
import { Switch } from '../../../kit/controls/switch.tsx'
import { Dialog } from '../../../kit/floats/dialog.tsx'
import type { Language, TextSize, Theme } from '../../../kit/view/view-store.ts'
import { setView, useView } from '../../../kit/view/view-store.ts'

const LANGUAGE_NAMES: readonly (readonly [Language, string])[] = [
  ['ru', 'Русский'],
  ['en', 'English'],
]

interface ViewSettingsProps {
  /** Tells the server the language of its letters and messages; absent while nobody is signed in. */
  onLanguage?: ((language: Language) => void) | undefined
}

/** C21, on every screen: theme, size of text, hidden amounts, language. Each choice acts at once. */
export function ViewSettings({ onLanguage }: ViewSettingsProps) {
  const { t } = useLingui()
  const [open, setOpen] = useState(false)
  const close = () => {
    setOpen(false)
  }
  return (
    <>
      <Button
        guide="view.open"
        look="quiet"
        icon="view"
        compact
        aria-haspopup="dialog"
        onClick={() => {
          setOpen(true)
        }}
      >
        <Trans>Вид</Trans>
      </Button>
      <Dialog
        guide="screen.view"
        title={t`Как показывать`}
        open={open}
        onClose={close}
        actions={
          <Button guide="view.done" look="main" onClick={close}>
            <Trans>Готово</Trans>
          </Button>
        }
      >
        <ViewChoices onLanguage={onLanguage} />
      </Dialog>
    </>
  )
}

function ViewChoices({ onLanguage }: ViewSettingsProps) {
  const { t } = useLingui()
  const view = useView()
  const themes: readonly (readonly [Theme, string])[] = [
    ['system', t`Как в системе`],
    ['light', t`Светлая`],
    ['night', t`Тёмная`],
    ['contrast', t`Контрастная`],
  ]
  const sizes: readonly (readonly [TextSize, string])[] = [
    ['normal', t`Обычный`],
    ['large', t`Крупный`],
  ]
  return (
    <>
      <Choice
        guide="view.theme"
        label={t`Тема`}
        look="loose"
        value={view.theme}
        options={themes}
        onChoose={(theme) => {
          setView({ theme })
        }}
      />
      <Choice
        guide="view.text"
        label={t`Текст`}
        value={view.text}
        options={sizes}
        onChoose={(text) => {
          setView({ text })
        }}
      />
      <Choice
        guide="view.language"
        label={t`Язык`}
        value={view.language}
        options={LANGUAGE_NAMES}
        onChoose={(language) => {
          setView({ language })
          onLanguage?.(language)
        }}
      />
      <Switch
        guide="view.hidden"
        on={view.hidden}
        onSwitch={(hidden) => {
          setView({ hidden })
        }}
      >
        <Trans>Скрыть суммы</Trans>
      </Switch>
    </>
  )
}
