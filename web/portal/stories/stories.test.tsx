import { composeStories } from '@storybook/react-vite'
import { cleanup } from '@testing-library/react'
import { waitFor } from '@testing-library/dom'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import * as frame from './frame.stories.tsx'
import * as kit from './kit.stories.tsx'
import * as operations from './operations.stories.tsx'
import * as overview from './overview.stories.tsx'
import * as registration from './registration.stories.tsx'
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
  'Регистрация: Поля пусты': 'Напишите номер счёта',
  'Регистрация: Дата не читается': 'Такой даты нет',
  'Регистрация: Слишком часто': 'Можно через 1',
  'Регистрация: Сервис не отвечает': 'Код: 503',
  'Регистрация: Нет связи': 'Нет связи с сервером',
  'Регистрация: Не загрузилась': 'Сейчас это не загрузилось',
  'Регистрация: Ищем счёт': 'Ищем счёт ··· 4567',
  'Регистрация: Код отправлен': 'Если данные верны, мы отправили код',
  'Регистрация: Код проверяется': 'Проверяем код',
  'Регистрация: Код не подошёл': 'Осталось 4 попытки',
  'Регистрация: СМС задерживается': 'СМС не пришла?',
  'Регистрация: Кодов больше не будет': 'позвоните нам',
  'Регистрация: Попытки кончились': 'Код не подошёл пять раз',
  'Регистрация: Учётная система не отвечает': 'мы продолжим с этого места',
  'Регистрация: Время вышло': 'Начать сначала',
  'Регистрация: Кабинет уже есть': 'уже зарегистрированы',
  'Регистрация: Пароль': 'Придумайте пароль',
  'Регистрация: Пароль слабый': 'Слишком короткий',
  'Регистрация: В договоре нет телефона': 'нет мобильного телефона',
  'Регистрация: Данные по-английски': 'Get access',
  'Рама: Связь потеряна': 'Соединяемся',
  'Вход: Не получается войти': 'Логин напечатан в договоре',
  'Вход: Слишком много кодов': 'Слишком много попыток',
  'Вход: Код не отправился': 'Не получилось отправить код',
  'Обзор: Счёт закрыт': 'История операций остаётся здесь',
  'Обзор: К сроку не всё': 'из них',
  'Обзор: Год таблицей': 'Показать столбиками',
  'Операции: Нет счетов': 'Как только он появится',
  'Операции: Продолжение не загрузилось': 'Следующая часть не загрузилась',
  'Рама: Нет сети': 'Нет сети',
  'Рама: Сессия скоро закончится': 'Закроем через 48 секунд',
  'Рама: Скоро входить снова': 'Скоро нужно будет войти снова',
  'Рама: Как показывать': 'Контрастная',
  'Рама: Сбой на странице': 'Страницу нужно обновить',
  'Операции: Новая операция ждёт': '1 новая операция — показать',
  'Операции: Ничего не найдено': 'По этому отбору ничего нет',
  'Обзор: Пришла новая операция': 'Всё оплачено',
  'Обзор: Данные устарели': 'восстанавливается',
  'Кит: Суммы и время': '− 12 345 678,90 ₽',
}

const shelves = { Вход: signIn, Регистрация: registration, Обзор: overview, Операции: operations, Рама: frame, Кит: kit } as const

const stories = Object.entries(shelves).flatMap(([shelf, module]) => {
  const written = module as unknown as Record<string, { name?: string }>
  return Object.entries(composeStories(module as typeof overview)).map(
    ([key, story]) => [`${shelf}: ${written[key]?.name ?? key}`, story] as const,
  )
})

// A screen that is still on its way would wake the roots of every story before, in the middle of another's turn.
beforeAll(async () => {
  await Promise.all([import('../app/screens.tsx'), import('../features/registration/registration-screen.tsx')])
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
