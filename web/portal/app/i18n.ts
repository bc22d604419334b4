import type { Messages } from '@lingui/core'
import { setupI18n } from '@lingui/core'
import { LANGUAGES, type Language } from '../../kit/view/view-store.ts'

const loaders: Record<Language, () => Promise<{ messages: Messages }>> = {
  ru: () => import('../locales/ru.po'),
  en: () => import('../locales/en.po'),
}

export const i18n = setupI18n()

/** Loads a language once and shows it. */
export async function speak(language: Language): Promise<void> {
  if (!LANGUAGES.includes(language)) return
  const { messages } = await loaders[language]()
  i18n.loadAndActivate({ locale: language, messages })
}
