import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Message } from '../../../kit/pane/message.tsx'
import { Fault } from '../../data/api.ts'
import { useOpenLink } from '../../data/roads.ts'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Screen } from '../../parts/screen.tsx'
import { LinkForm } from './link-form.tsx'
import styles from './paying.module.css'

/** Somebody pays by a link, without signing in. The token stands behind `#`, where no server and no log sees it. */
export default function LinkScreen() {
  const { t } = useLingui()
  const [token] = useState(() => location.hash.slice(1))
  const link = useOpenLink(token)
  const gone = link.error instanceof Fault && (link.error.status === 404 || link.error.status === 400)
  if (gone) {
    return (
      <Instead title={t`Ссылка не действует`}>
        <Trans>Её срок вышел, её отозвали или адрес скопирован не целиком. Попросите прислать новую.</Trans>
      </Instead>
    )
  }
  if (!link.data && link.error) {
    return (
      <Screen guide="screen.link.away" title={t`Оплата по ссылке`} layout="single" wall="dark">
        <Pane guide="link.fault">
          <FaultMessage
            place="link.fault"
            title={t`Страница оплаты не загрузилась`}
            level={1}
            error={link.error}
            onRetry={() => {
              void link.refetch()
            }}
          />
        </Pane>
      </Screen>
    )
  }
  if (!link.data) return <Bones />
  if (link.data.methods.length === 0) {
    return (
      <Instead title={t`Оплатить сейчас нельзя`}>
        <Trans>Все способы оплаты отключены. Откройте ссылку позже: пока её срок не вышел, она остаётся в силе.</Trans>
      </Instead>
    )
  }
  return (
    <Screen guide="screen.link" title={t`Оплата по ссылке`} layout="pay">
      <LinkForm link={link.data} token={token} />
    </Screen>
  )
}

function Instead({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Screen guide="screen.link.none" title={title} layout="single" wall="dark">
      <Pane guide="link.none">
        <Message title={title} level={1}>
          <p>{children}</p>
        </Message>
      </Pane>
    </Screen>
  )
}

const WAY_BONES = 2

function Bones() {
  const { t } = useLingui()
  return (
    <Screen guide="screen.link.loading" title={t`Оплата по ссылке`} layout="pay">
      <Pane guide="link.amount.loading" aria-busy="true">
        <Loading />
        <div className={styles.amounts}>
          <h1>
            <Trans>Оплата по ссылке</Trans>
          </h1>
          <p className={styles.fieldBone}>
            <Bone characters={14} />
          </p>
        </div>
      </Pane>
      <Pane guide="link.ways.loading" aria-busy="true">
        <h2>
          <Trans>Чем платить</Trans>
        </h2>
        <div className={styles.ways} aria-hidden="true">
          {Array.from({ length: WAY_BONES }, (_, index) => (
            <p key={index} className={styles.wayBone}>
              <Bone characters={18} />
            </p>
          ))}
        </div>
      </Pane>
    </Screen>
  )
}
