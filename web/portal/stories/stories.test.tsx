import { composeStories } from '@storybook/react-vite'
import { cleanup } from '@testing-library/react'
import { waitFor } from '@testing-library/dom'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import * as frame from './frame.stories.tsx'
import * as operations from './operations.stories.tsx'
import * as overview from './overview.stories.tsx'
import * as signIn from './sign-in.stories.tsx'

const DECISIVE: Record<string, string> = {
  'Вход: Пара не подошла': 'Логин или пароль не подошли',
  'Вход: Слишком много попыток': 'Можно через 0:4',
  'Вход: Сервис не отвечает': 'Код: 503',
  'Вход: Поля пусты': 'Напишите номер договора',
  'Вход: Кабинет не открывается': 'Нет связи с сервером',
  'Вход: Код не подошёл': 'Осталось 2 попытки',
  'Вход: Код больше не действует': 'больше не действует',
  'Вход: СМС задерживается': 'СМС не пришла?',
  'Вход: Код отправлен ещё раз': 'Отправили новый код',
  'Вход: Вход по-английски': 'Sign in to your account',
  'Рама: Связь потеряна': 'Соединяемся',
  'Рама: Сессия скоро закончится': 'Закроем через 48 секунд',
  'Рама: Скоро входить снова': 'Скоро нужно будет войти снова',
  'Рама: Как показывать': 'Контрастная',
  'Рама: Сбой на странице': 'Страницу нужно обновить',
  'Операции: Новая операция ждёт': '1 новая операция — показать',
  'Операции: Ничего не найдено': 'По этому отбору ничего нет',
  'Обзор: Пришла новая операция': 'Всё оплачено',
  'Обзор: Данные устарели': 'восстанавливается',
}

const shelves = { Вход: signIn, Обзор: overview, Операции: operations, Рама: frame } as const

const stories = Object.entries(shelves).flatMap(([shelf, module]) => {
  const written = module as unknown as Record<string, { name?: string }>
  return Object.entries(composeStories(module as typeof overview)).map(
    ([key, story]) => [`${shelf}: ${written[key]?.name ?? key}`, story] as const,
  )
})

beforeEach(() => {
  vi.spyOn(console, 'error')
})

describe('every state of every screen', () => {
  test.each(stories)('%s', async (name, story) => {
    const crashes = name.endsWith('Сбой на странице')
    if (crashes) vi.mocked(console.error).mockImplementation(() => undefined)
    await story.run()
    const words = DECISIVE[name]
    await waitFor(() => {
      expect(document.querySelector('[data-guide^="screen."]')).not.toBeNull()
      if (words) expect(document.body.textContent.replaceAll('\u00a0', ' ')).toContain(words)
    })
    if (!crashes) expect(vi.mocked(console.error).mock.calls).toEqual([])
    cleanup()
    document.body.replaceChildren()
  })

  test('the names above are names of stories', () => {
    const names = stories.map(([name]) => name)
    for (const name of Object.keys(DECISIVE)) expect(names).toContain(name)
  })
})
