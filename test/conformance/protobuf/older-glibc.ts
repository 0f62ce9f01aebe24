/** glibc 2.38 renamed strtol and its kin in programs that are compiled against it: C23's take "0b1" as well. */
const RENAMED = "__isoc23_";
/** libstdc++ 13 readies its streams by a call of this; older ones by objects of the program's own. The runner prints with C's functions. */
const STREAMS_INIT = "_ZSt21ios_base_library_initv";
/** Does nothing, and takes no argument. */
const HARMLESS = "__errno_location";
const TOO_NEW: readonly string[] = ["GLIBC_2.38", "GLIBCXX_3.4.32"];
/** The version that carries both replacements on x86-64. */
const CARRIED = "GLIBC_2.2.5";
/** VER_FLG_WEAK: a version that may be missing. */
const WEAK = 2;
/** sizeof(Elf64_Sym). */
const SYMBOL_BYTES = 24;

/**
 * A Linux x86-64 program that needs glibc 2.38 and libstdc++ 13 for nothing but
 * the names above, made to ask for what older ones have: so that npm's
 * conformance runner starts on Debian 12. Offsets are those of the ELF-64
 * object file format and of the Linux Standard Base's symbol versioning.
 */
export function forOlderGlibc(program: Buffer): Buffer {
  const patched = Buffer.from(program);
  const sections = sectionsOf(patched);
  const strings = section(sections, ".dynstr");
  const text = (offset: number): string => {
    const start = strings.offset + offset;
    return patched.toString("latin1", start, patched.indexOf(0, start));
  };
  const replacement = (nameOffset: number): number => {
    const name = text(nameOffset);
    if (name.startsWith(RENAMED)) return nameOffset + RENAMED.length;
    if (name === STREAMS_INIT) return patched.indexOf(`\0${HARMLESS}\0`, strings.offset, "latin1") + 1 - strings.offset;
    throw new Error(`${name} is newer than this machine's libraries`);
  };
  const versions = neededVersions(patched, section(sections, ".gnu.version_r").offset, text);
  const carried = versions.find(({ name }) => name === CARRIED);
  if (carried === undefined) throw new Error(`the program does not know ${CARRIED}`);
  const tooNew = versions.filter(({ name }) => TOO_NEW.includes(name));
  for (const { flagsAt } of tooNew) patched.writeUInt16LE(WEAK, flagsAt);

  const indexes = new Set(tooNew.map(({ index }) => index));
  const symbols = section(sections, ".dynsym");
  const symbolVersions = section(sections, ".gnu.version");
  for (let index = 0; index * SYMBOL_BYTES < symbols.size; index++) {
    const versionAt = symbolVersions.offset + index * 2;
    if (!indexes.has(patched.readUInt16LE(versionAt))) continue;
    const nameAt = symbols.offset + index * SYMBOL_BYTES;
    patched.writeUInt32LE(replacement(patched.readUInt32LE(nameAt)), nameAt);
    patched.writeUInt16LE(carried.index, versionAt);
  }
  return patched;
}

interface Section {
  readonly offset: number;
  readonly size: number;
}

function sectionsOf(file: Buffer): Map<string, Section> {
  if (file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2) throw new Error("not an ELF-64 program");
  const table = Number(file.readBigUInt64LE(40));
  const [entryBytes, count, namesIndex] = [file.readUInt16LE(58), file.readUInt16LE(60), file.readUInt16LE(62)];
  const at = (index: number): number => table + index * entryBytes;
  const offset = (index: number): number => Number(file.readBigUInt64LE(at(index) + 24));
  const sections = new Map<string, Section>();
  for (let index = 0; index < count; index++) {
    const name = offset(namesIndex) + file.readUInt32LE(at(index));
    const size = Number(file.readBigUInt64LE(at(index) + 32));
    sections.set(file.toString("latin1", name, file.indexOf(0, name)), { offset: offset(index), size });
  }
  return sections;
}

function section(sections: ReadonlyMap<string, Section>, name: string): Section {
  const found = sections.get(name);
  if (found === undefined) throw new Error(`the program has no ${name}`);
  return found;
}

interface NeededVersion {
  readonly name: string;
  readonly index: number;
  readonly flagsAt: number;
}

/** Every Elf64_Vernaux of every Elf64_Verneed. */
function neededVersions(file: Buffer, start: number, text: (offset: number) => string): NeededVersion[] {
  const versions: NeededVersion[] = [];
  for (let need = start, next = -1; next !== 0; need += next) {
    next = file.readUInt32LE(need + 12);
    for (let entry = need + file.readUInt32LE(need + 8), step = -1; step !== 0; entry += step) {
      step = file.readUInt32LE(entry + 12);
      versions.push({ name: text(file.readUInt32LE(entry + 8)), index: file.readUInt16LE(entry + 6), flagsAt: entry + 4 });
    }
  }
  return versions;
}
