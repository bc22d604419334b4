import '../kit/fonts/fonts.css'
import '../kit/tokens/tokens.css'
import '../kit/tokens/base.css'

import type { Preview } from '@storybook/react-vite'

const preview: Preview = {
  parameters: { layout: 'fullscreen', controls: { disable: true } },
  tags: ['!autodocs'],
}

export default preview
