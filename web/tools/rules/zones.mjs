/** Who may import whom: kit < data < parts < features < app; twin and stories stand outside and see all. */
export const zones = [
  { target: './kit', from: './portal', message: 'the kit knows no app' },
  { target: './portal/data', from: './portal/!(data|locales)/**/*', message: 'data knows no screen' },
  { target: './portal/parts', from: './portal/!(data|parts|locales)/**/*', message: 'parts know data and the kit' },
  { target: './portal/features', from: './portal/app', message: 'a feature does not know the app that holds it' },
  { target: './portal/!(twin|stories|testing)/**/!(*.test.*)', from: ['./portal/twin', './portal/stories'], message: 'the product does not ship its twin' },
  ...['sign-in', 'registration', 'overview', 'operations', 'view-settings', 'session', 'connection'].map((feature) => ({
    target: `./portal/features/${feature}`,
    from: './portal/features',
    except: [`./${feature}`],
    message: 'no feature imports another',
  })),
]

