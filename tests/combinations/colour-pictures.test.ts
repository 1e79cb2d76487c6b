import { checkCombinations } from './check.ts';

checkCombinations('colour pictures');
