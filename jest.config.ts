/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

// Unit tests lie beside what they test and import the sources; end-to-end tests under tests/ import the built
// packages, because worker threads load what users install.
const config: Config = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/packages/*/{src,web}/**/*.test.ts', '<rootDir>/tests/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  globalSetup: '<rootDir>/scripts/jest-setup.mjs',
  setupFiles: ['reflect-metadata'],
  testTimeout: 60_000,
  // Modules of test files that are over stay in memory: a process that has run many is replaced.
  workerIdleMemoryLimit: '800MB',
  modulePathIgnorePatterns: ['<rootDir>/packages/.*/dist/', '<rootDir>/tests/fixtures/.*/package.json'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

export default config;
