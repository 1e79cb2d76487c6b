import { checkCombinations } from './check.ts';

checkCombinations('grey pictures');
