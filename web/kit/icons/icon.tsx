import styles from './icon.module.css'

/** One set: 20 px, lines of 1.5 px, drawn here. An icon stands beside its word, so it says nothing to a screen reader. */
const PATHS = {
  overview: 'M3 3.75h14v12.5H3zM10 3.75v12.5M3 10h7',
  operations: 'M3 5.25h14M3 10h14M3 14.75h8.5',
  payments: 'M2.75 5.25h14.5v9.5H2.75zM2.75 8.25h14.5M5.5 12h3.5',
  papers: 'M5 2.75h7l3.5 3.5v11H5zM12 2.75v3.5h3.5M7.75 10h5M7.75 13.25h5',
  letter: 'M2.75 4.75h14.5v10.5H2.75zM2.75 5.5L10 11.25l7.25-5.75',
  print: 'M6 7.25v-4h8v4M6 14.25H3.25v-7h13.500v7H14M6 11.750h8v5H6z',
  view: 'M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4',
  leave: 'M8 3.75H3.75v12.5H8M8.5 10h8M13.5 7l3 3-3 3',
  eye: 'M2.25 10S5 4.75 10 4.75 17.75 10 17.75 10 15 15.25 10 15.25 2.25 10 2.25 10zM10 12.25a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5z',
  eyeOff:
    'M3.5 3.5l13 13M8.2 5a8 8 0 0 1 1.8-.25C15 4.75 17.75 10 17.75 10a13 13 0 0 1-2.4 2.95M12 14.95a7.6 7.6 0 0 1-2 .3C5 15.25 2.25 10 2.25 10A13 13 0 0 1 5.6 6.4M8.4 8.4a2.25 2.25 0 0 0 3.2 3.2',
  close: 'M5 5l10 10M15 5L5 15',
  copy: 'M7.25 7.25h9v9h-9zM12.75 7.25v-3.5h-9v9h3.5',
  done: 'M4 10.5l4 4 8-9',
  warning: 'M10 3.25l7.25 13H2.75zM10 8.25v3.5M10 13.9v.1',
  offline: 'M9 16.25h7.25V6.5M13.1 7.1l3.15-3.35M11.2 9.1L4 16.25h2.5M3.5 3.5l13 13',
  again: 'M16.25 10a6.25 6.25 0 1 1-1.85-4.4M16.5 3v3.25h-3.25',
  up: 'M10 16V4.5M5 9l5-5 5 5',
  down: 'M5 7.75l5 5 5-5',
  clock: 'M10 17.25a7.25 7.25 0 1 0 0-14.5 7.25 7.25 0 0 0 0 14.5zM10 5.75V10l2.75 2',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className={styles.icon} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
