import { useLingui } from '@lingui/react/macro'
import { encode } from 'uqr'
import styles from './payment.module.css'

const QUIET_MODULES = 4

/** A QR code as one path, dark on white in every theme: cameras read it so. */
export default function PaySymbol({ payload }: { payload: string }) {
  const { t } = useLingui()
  const { size, data } = encode(payload, { ecc: 'M', border: QUIET_MODULES })
  const path = data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${String(x)} ${String(y)}h1v1h-1z` : '')))
    .join('')
  return (
    <svg
      className={styles.symbol}
      viewBox={`0 0 ${String(size)} ${String(size)}`}
      shapeRendering="crispEdges"
      role="img"
      aria-label={t`Код для оплаты телефоном`}
    >
      <path className={styles.ground} d={`M0 0h${String(size)}v${String(size)}H0z`} />
      <path className={styles.dark} d={path} />
    </svg>
  )
}
