import { checkCombinations } from './check.ts';

checkCombinations('vectors');
