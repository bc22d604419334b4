import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import type { IconName } from '../../kit/icons/icon.tsx'
import { Icon } from '../../kit/icons/icon.tsx'
import styles from './go.module.css'

interface GoProps {
  guide: string
  to: string
  icon?: IconName
  /** `tab`: a place of the portal, marked while one is there; `main`: the one thing to do here. */
  look?: 'link' | 'tab' | 'main'
  children: ReactNode
}

/** A way to another screen. */
export function Go({ guide, to, icon, look = 'link', children }: GoProps) {
  const [path] = useLocation()
  const here = look === 'tab' && path === to.split('?')[0]
  return (
    <Link href={to} className={styles.go} data-guide={guide} data-look={look} aria-current={here ? 'page' : undefined}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </Link>
  )
}
