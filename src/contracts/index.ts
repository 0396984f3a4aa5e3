/**
 * The contracts that this server speaks, in the order in which they are mounted. Owns the list and nothing else;
 * a contract is a folder here and one line below.
 */
import type { Contract } from './contract.ts';
import { fabric } from './fabric/index.ts';
import { ibanera } from './ibanera/index.ts';
import { notes } from './notes/index.ts';
import { vibemobi } from './vibemobi/index.ts';

export const contracts: readonly Contract[] = [fabric, vibemobi, ibanera, notes];
export type { Contract, ContractContext, ContractDefinition, ContractErrors } from './contract.ts';
