import type { Meta, StoryObj } from '@storybook/react-vite'
import { inDebt } from '../twin/people.ts'
import { CONTRACT, NUMBER } from '../twin/registration.ts'
import type { TwinOptions } from '../twin/twin.ts'
import { CODE, Twin } from '../twin/twin.ts'
import { press, type, whenThere } from './hands.ts'
import { Stage } from './stage.tsx'

export default { title: 'C3 Первая регистрация' } satisfies Meta

type Story = StoryObj

const AT = '/register'
const BEGIN = 'POST /api/registration'

/** Somebody on the way in, as far as `arrange` has brought him. */
function newcomer(arrange: (twin: Twin) => void = () => undefined, troubles: TwinOptions['troubles'] = {}) {
  const twin = new Twin({ person: inDebt(), state: 'closed', troubles })
  arrange(twin)
  return twin
}

const standing = (...[state]: Parameters<Twin['registration']['stand']>) =>
  newcomer((twin) => {
    twin.registration.silent = true
    twin.registration.stand(state)
  })

async function tellFacts() {
  await type('register.number', NUMBER)
  await type('register.value', CONTRACT)
  await press('register.submit')
}

export const Facts: Story = { name: 'Данные', render: () => <Stage twin={newcomer()} at={AT} /> }

export const NothingTyped: Story = {
  name: 'Поля пусты',
  render: () => <Stage twin={newcomer()} at={AT} />,
  play: () => press('register.submit'),
}

export const NoSuchDay: Story = {
  name: 'Дата не читается',
  render: () => <Stage twin={newcomer()} at={AT} />,
  play: async () => {
    await type('register.number', NUMBER)
    await press('register.fact.birth-date')
    await type('register.value', '3102')
    await press('register.submit')
  },
}

export const Throttled: Story = {
  name: 'Слишком часто',
  render: () => <Stage twin={newcomer(undefined, { [BEGIN]: { status: 429, code: 'throttled', retryAfterS: 720 } })} at={AT} />,
  play: tellFacts,
}

export const ServiceAway: Story = {
  name: 'Сервис не отвечает',
  render: () => <Stage twin={newcomer(undefined, { [BEGIN]: { status: 503, code: 'unavailable' } })} at={AT} />,
  play: tellFacts,
}

export const Offline: Story = {
  name: 'Нет связи',
  render: () => <Stage twin={newcomer(undefined, { [BEGIN]: 'down' })} at={AT} />,
  play: tellFacts,
}

export const Opening: Story = {
  name: 'Открывается',
  render: () => <Stage twin={newcomer(undefined, { '/api/registration': 'hang' })} at={AT} />,
}

export const Failed: Story = {
  name: 'Не загрузилась',
  render: () => <Stage twin={newcomer(undefined, { '/api/registration': { status: 500, code: 'internal' } })} at={AT} />,
}

export const Asking: Story = { name: 'Ищем счёт', render: () => <Stage twin={standing('asking')} at={AT} /> }

export const Code: Story = { name: 'Код отправлен', render: () => <Stage twin={standing('code-sent')} at={AT} /> }

export const Checking: Story = { name: 'Код проверяется', render: () => <Stage twin={standing('checking')} at={AT} /> }

export const WrongCode: Story = {
  name: 'Код не подошёл',
  render: () => (
    <Stage
      twin={newcomer((twin) => {
        twin.registration.stand('code-sent')
      })}
      at={AT}
    />
  ),
  play: () => type('register.code', '654321'),
}

export const Delayed: Story = {
  name: 'СМС задерживается',
  render: () => (
    <Stage
      twin={newcomer((twin) => {
        twin.registration.stand('code-sent')
        twin.registration.againAt = 0
      })}
      at={AT}
    />
  ),
}

export const NoMoreCodes: Story = {
  name: 'Кодов больше не будет',
  render: () => (
    <Stage
      twin={newcomer((twin) => {
        twin.registration.stand('code-sent')
        twin.registration.codesLeft = 0
      })}
      at={AT}
    />
  ),
}

export const NoMoreTries: Story = {
  name: 'Попытки кончились',
  render: () => (
    <Stage
      twin={newcomer((twin) => {
        twin.registration.stand('refused')
        twin.registration.triesLeft = 0
      })}
      at={AT}
    />
  ),
}

export const InsideAway: Story = { name: 'Учётная система не отвечает', render: () => <Stage twin={standing('away')} at={AT} /> }

export const Expired: Story = { name: 'Время вышло', render: () => <Stage twin={standing('expired')} at={AT} /> }

export const LinkedAlready: Story = {
  name: 'Кабинет уже есть',
  render: () => (
    <Stage
      twin={newcomer((twin) => {
        twin.registration.linked = true
        twin.registration.stand('code-sent')
      })}
      at={AT}
    />
  ),
  play: () => type('register.code', CODE),
}

export const Password: Story = { name: 'Пароль', render: () => <Stage twin={standing('proven')} at={AT} /> }

export const WeakPassword: Story = {
  name: 'Пароль слабый',
  render: () => <Stage twin={standing('proven')} at={AT} />,
  play: async () => {
    await type('register.password', 'короткий'.slice(0, 5))
    await press('register.open')
  },
}

export const NoPhone: Story = {
  name: 'В договоре нет телефона',
  render: () => (
    <Stage
      twin={newcomer(
        (twin) => {
          twin.registration.stand('proven')
        },
        { 'POST /api/registration/password': { status: 409, code: 'no-phone' } },
      )}
      at={AT}
    />
  ),
  play: async () => {
    await type('register.password', 'лиловый трактор')
    await press('register.open')
    await whenThere('register.open')
  },
}

export const English: Story = {
  name: 'Данные по-английски',
  render: () => <Stage twin={newcomer()} at={AT} view={{ language: 'en' }} />,
}

export const EnglishCode: Story = {
  name: 'Код по-английски',
  render: () => <Stage twin={standing('code-sent')} at={AT} view={{ language: 'en' }} />,
}
