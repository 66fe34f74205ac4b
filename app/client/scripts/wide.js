// Which 128-bit fields are signed. Accounts store them as two words (account data is 8-aligned, `i128` is not), so the IDL
// cannot say. A field that is in neither list stops the generation: look it up in crates/engine (`I128` or `U128`).

const SIGNED = {
  Funding: ['premium', 'carried'],
  Pool: ['moment'],
  Record: ['mark_key', 'upto'],
  Residue: ['cash'],
  Scale: ['origins'],
  SideBook: ['index', 'moment', 'drift', 'reserve', 'excused'],
};

const UNSIGNED = {
  Block: ['moment'],
  InsuranceBooks: ['shares'],
  RecoveryRecord: ['charge_per_lot'],
  Seen: ['loss', 'units'],
  StakeBooks: ['shares', 'leaving'],
  Units: ['units'],
};

const isWide = (type) => type?.defined?.name === 'Wide';

function number(owner, field) {
  if (SIGNED[owner]?.includes(field)) return 'i128';
  if (UNSIGNED[owner]?.includes(field)) return 'u128';
  throw new Error(`${owner}.${field} is 128 bits wide: say in scripts/wide.js whether it is signed`);
}

function replaced(owner, field) {
  if (isWide(field.type)) return { ...field, type: number(owner, field.name) };
  const item = field.type?.array?.[0];
  if (isWide(item)) return { ...field, type: { array: [number(owner, field.name), field.type.array[1]] } };
  return field;
}

/** The IDL's types with every `Wide` as the number it holds: the same bytes. */
export function withWideNumbers(types) {
  return types
    .filter((type) => type.name !== 'Wide')
    .map((type) => {
      const fields = type.type.fields;
      if (!Array.isArray(fields)) return type;
      return { ...type, type: { ...type.type, fields: fields.map((field) => replaced(type.name, field)) } };
    });
}
