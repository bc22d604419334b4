import styles from './daylight.module.css'

/** The light of a window as it falls on a wall: four panes, aslant, parted by the shadow of the mullions. */
export function Daylight({ size }: { size: 'wall' | 'sign' }) {
  return (
    <svg className={styles.daylight} data-size={size} viewBox="0 0 160 120" aria-hidden="true" focusable="false">
      <path d="M8 14L70 4V52L8 62z" />
      <path d="M76 3L152 -9V39L76 51z" transform="translate(0 12)" />
      <path d="M8 68L70 58V106L8 116z" />
      <path d="M76 57L152 45V93L76 105z" />
    </svg>
  )
}
