#!/usr/bin/env node
import { main } from '@aktis/cli';

await main(process.argv);
