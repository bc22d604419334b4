import { useId } from 'react'
import styles from './daylight.module.css'

/** The light of a window on a wall: the panes of the sign, aslant, parted by the shadow of the mullions, fading. */
export function Daylight({ size }: { size: 'wall' | 'sign' }) {
  const fade = useId()
  return (
    <svg className={styles.daylight} data-size={size} viewBox="0 0 200 150" aria-hidden="true" focusable="false">
      <linearGradient id={fade} gradientUnits="userSpaceOnUse" x1="150" y1="0" x2="30" y2="150">
        <stop className={styles.near} offset="0" />
        <stop className={styles.far} offset="1" />
      </linearGradient>
      <g className={styles.panes} fill={`url(#${fade})`} transform="matrix(1 0.22 -0.42 1 48 0)">
        <path d="M12 4h58v54H12zM12 63h58v54H12zM76 4h58v113H76z" />
      </g>
    </svg>
  )
}
