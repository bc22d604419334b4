import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { Button } from '../../kit/controls/button.tsx'
import { Frame } from '../../kit/pane/frame.tsx'
import { setView, useView } from '../../kit/view/view-store.ts'
import { useApi } from '../data/context.tsx'
import { endSession } from '../data/queries.ts'
import type { SessionUser } from '../data/types.ts'
import { ConnectionChip } from '../features/connection/connection-chip.tsx'
import { ViewSettings } from '../features/view-settings/view-dialog.tsx'
import { Go } from '../parts/go.tsx'
import { useAccountInAddress, withAccount } from '../parts/use-account.ts'
import styles from './shell.module.css'

interface ShellProps {
  /** Who is signed in; null on the way in. */
  user: SessionUser | null
  children: ReactNode
}

/** Signed in, and the server tells no name. */
export const NOBODY: SessionUser = { name: '', locale: 'ru' }

/** The frame that every screen stands in: a lintel above, on a phone a sill below. */
export function Shell({ user, children }: ShellProps) {
  const { t } = useLingui()
  return (
    <Frame>
      <header className={styles.lintel}>
        <span className={styles.name}>
          <Sign />
          <span className={styles.words}>
            <Trans>Личный кабинет</Trans>
          </span>
        </span>
        {user && (
          <nav className={styles.places} data-guide="nav" aria-label={t`Разделы`}>
            <Places />
          </nav>
        )}
        <div className={styles.right}>
          {user && <ConnectionChip />}
          {user?.name && (
            <span className={styles.user} title={user.name}>
              {user.name}
            </span>
          )}
          {user ? <SignedInTools /> : <DoorTools />}
        </div>
      </header>
      {children}
    </Frame>
  )
}

function Places() {
  const account = useAccountInAddress()
  return (
    <>
      <Go guide="nav.overview" look="tab" icon="overview" to={withAccount('/', account)}>
        <Trans>Обзор</Trans>
      </Go>
      <Go guide="nav.operations" look="tab" icon="operations" to={withAccount('/operations', account)}>
        <Trans>Операции</Trans>
      </Go>
      <Go guide="nav.payments" look="tab" icon="payments" to="/payments">
        <Trans>Платежи</Trans>
      </Go>
      <Go guide="nav.documents" look="tab" icon="papers" to={withAccount('/documents', account)}>
        <Trans>Документы</Trans>
      </Go>
    </>
  )
}

/** Whoever cannot read the page finds the other language at the door, by its own name. */
function DoorTools() {
  const { language } = useView()
  const [other, name] = language === 'ru' ? (['en', 'English'] as const) : (['ru', 'Русский'] as const)
  return (
    <>
      <Button
        guide="door.language"
        look="quiet"
        compact
        lang={other}
        onClick={() => {
          setView({ language: other })
        }}
      >
        {name}
      </Button>
      <ViewSettings />
    </>
  )
}

function SignedInTools() {
  const api = useApi()
  const client = useQueryClient()
  const [, navigate] = useLocation()
  const locale = useMutation({ mutationFn: (language: string) => api.locale(language) })
  const leave = useMutation({
    mutationFn: () => api.leave(),
    onSettled: () => {
      endSession(client)
      navigate('/login', { replace: true })
    },
  })
  return (
    <>
      <ViewSettings onLanguage={locale.mutate} />
      <Button
        guide="session.leave"
        look="quiet"
        icon="leave"
        compact
        busy={leave.isPending}
        onClick={() => {
          leave.mutate()
        }}
      >
        <Trans>Выйти</Trans>
      </Button>
    </>
  )
}

/** The sign: the window of the overview, seen from far. */
function Sign() {
  return (
    <svg className={styles.sign} viewBox="0 0 28 28" aria-hidden="true" focusable="false">
      <path className={styles.light} d="M15.5 2.5H23a2.5 2.5 0 0 1 2.5 2.5v18a2.5 2.5 0 0 1-2.5 2.5h-7.500z" />
      <path d="M5 2.500h18a2.5 2.5 0 0 1 2.5 2.500v18a2.5 2.5 0 0 1-2.5 2.500H5a2.5 2.5 0 0 1-2.5-2.500V5A2.5 2.5 0 0 1 5 2.500zM15.5 2.500v23M2.5 15.500h13" />
    </svg>
  )
}
