import type { Rule } from 'eslint'

export const rules: Record<'no-staff-endpoints' | 'kebab-file' | 'no-barrel', Rule.RuleModule>
