import { I18nProvider } from '@lingui/react'
import type { Meta, StoryObj } from '@storybook/react-vite'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { Button } from '../../kit/controls/button.tsx'
import { Choice } from '../../kit/controls/choice.tsx'
import { Field } from '../../kit/controls/field.tsx'
import { Switch } from '../../kit/controls/switch.tsx'
import { Money } from '../../kit/money/money.tsx'
import { Daylight } from '../../kit/pane/daylight.tsx'
import { Frame, Pane } from '../../kit/pane/frame.tsx'
import { Message, Note } from '../../kit/pane/message.tsx'
import { ClockContext } from '../../kit/time/clock.tsx'
import { Age, Day, Moment } from '../../kit/time/moments.tsx'
import { i18n } from '../app/i18n.ts'
import { Screen } from '../parts/screen.tsx'
import { NOW } from '../twin/people.ts'
import styles from './kit.module.css'
import { useDress } from './stage.tsx'

export default { title: 'Кит' } satisfies Meta

type Story = StoryObj

const CLOCK = () => NOW

/** One sheet of the kit: the parts that screens are made of, apart from any screen. */
function Sheet({ title, children }: { title: string; children: ReactNode }) {
  useDress({})
  return (
    <I18nProvider i18n={i18n}>
      <ClockContext value={CLOCK}>
        <Frame>
          <Screen guide="screen.kit" title={title} layout="single">
            <Pane guide="kit">
              <div className={styles.sheet}>
                <h1>{title}</h1>
                {children}
              </div>
            </Pane>
          </Screen>
        </Frame>
      </ClockContext>
    </I18nProvider>
  )
}

function Row({ children }: { children: ReactNode }) {
  return <div className={styles.row}>{children}</div>
}

function nothing(): void {
  // A sheet shows; it does not act.
}

export const Buttons: Story = {
  name: 'Кнопки',
  render: () => (
    <Sheet title="Кнопки">
      <Row>
        <Button guide="kit.main" look="main">Войти</Button>
        <Button guide="kit.main-busy" look="main" busy>Входим</Button>
        <Button guide="kit.main-off" look="main" disabled>Можно через 0:45</Button>
      </Row>
      <Row>
        <Button guide="kit.plain" icon="again">Попробовать ещё раз</Button>
        <Button guide="kit.plain-off" disabled>Показать ещё</Button>
      </Row>
      <Row>
        <Button guide="kit.quiet" look="quiet" icon="eyeOff">Скрыть суммы</Button>
        <Button guide="kit.quiet-off" look="quiet" disabled>Отправить код ещё раз</Button>
      </Row>
    </Sheet>
  ),
}

const KINDS = [['all', 'Все'], ['charge', 'Начисления'], ['payment', 'Оплаты']] as const

function Choices() {
  const [kind, setKind] = useState<(typeof KINDS)[number][0]>('charge')
  const [on, setOn] = useState(true)
  return (
    <>
      {(['joined', 'loose', 'column'] as const).map((look) => (
        <Choice key={look} guide={`kit.${look}`} label="Что показать" look={look} value={kind} options={KINDS} onChoose={setKind} />
      ))}
      <Switch guide="kit.switch" on={on} onSwitch={setOn}>Скрыть суммы</Switch>
    </>
  )
}

export const Fields: Story = {
  name: 'Поля и выбор',
  render: () => (
    <Sheet title="Поля и выбор">
      <Field guide="kit.field" label="Логин" hint="Номер договора или телефон" defaultValue="100-200-001" />
      <Field guide="kit.field-wrong" label="Логин" error="Напишите номер договора или телефон" />
      <Field guide="kit.field-code" label="Шесть цифр" look="code" inputMode="numeric" defaultValue="654321" />
      <Choices />
    </Sheet>
  ),
}

const SUMS = ['1234.50', '0.00', '0.07', '12345678.90', '-12345678.90'] as const

export const Sums: Story = {
  name: 'Суммы и время',
  render: () => (
    <Sheet title="Суммы и время">
      {SUMS.map((amount) => (
        <p key={amount} className={styles.balance}>
          <Money amount={amount} currency="RUB" size="balance" />
        </p>
      ))}
      <Row>
        <Money amount="12345678.90" currency="RUB" sign="customer" />
        <Money amount="-12345678.90" currency="RUB" sign="customer" tone="paid" />
        <Money amount="99.50" currency="EUR" sign="customer" />
      </Row>
      <Row>
        <Age at={new Date(NOW).toISOString()} />
        <Moment at="2026-11-21T15:47:00Z" />
        <Moment at="2026-11-13T15:47:00Z" />
        <Day day="2025-12-01" />
      </Row>
    </Sheet>
  ),
}

export const Light: Story = {
  name: 'Свет и слова',
  render: () => (
    <Sheet title="Свет и слова">
      <Message
        title="Операций пока не было"
        drawing={<Daylight size="sign" />}
        actions={<Button guide="kit.act" onClick={nothing}>Перейти к обзору</Button>}
      >
        <p>Первая появится здесь сама: обновлять страницу не нужно.</p>
      </Message>
      <Daylight size="sign" lit={false} />
      <Note tone="plain" icon="clock">Вы долго ничего не делали, и мы закрыли кабинет.</Note>
      <Note tone="waiting" icon="clock">Данные на вчера, 19:54. Связь с учётной системой восстанавливается.</Note>
      <Note tone="error" icon="warning">Логин или пароль не подошли. Проверьте раскладку и попробуйте ещё раз.</Note>
    </Sheet>
  ),
}
