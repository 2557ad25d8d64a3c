import { Command } from 'commander';
import { resourceArgument } from './resource-argument.ts';
import { resourceNames } from './resources.ts';

function parsed(word: string, names = resourceNames): unknown {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  return command.addArgument(resourceArgument('what', names)).parse([word], { from: 'user' }).processedArgs[0];
}

test.each([
  ['nodes', 'nodes'],
  ['node', 'nodes'],
  ['Task', 'tasks'],
  ['placement-groups', 'placement-groups'],
  ['placement_group', 'placement-groups'],
  ['placementGroups', 'placement-groups'],
])('"%s" names %s', (word, name) => {
  expect(parsed(word)).toBe(name);
});

test('what is none of them is told which there are', () => {
  expect(() => parsed('planets')).toThrow(
    /'planets' is invalid .* Allowed choices are nodes, actors, .*placement-groups\./,
  );
  expect(() => parsed('node', ['tasks', 'actors'])).toThrow('Allowed choices are tasks, actors.');
});
