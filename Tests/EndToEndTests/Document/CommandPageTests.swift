import Foundation
import Testing

extension EndToEnd {
    /// docs/cli.md beside the programs themselves.
    @Suite struct CommandPage {
        /// What a program says of itself with `--experimental-dump-help`.
        private struct Dump: Decodable {
            struct Command: Decodable {
                var commandName: String
                var shouldDisplay: Bool?
                var subcommands: [Command]?

                /// The full names of the commands below that do something.
                func leaves(below path: String) -> [String] {
                    let name = path.isEmpty ? commandName : path + " " + commandName
                    if shouldDisplay == false || commandName == "help" { return [] }
                    let parts = (subcommands ?? []).filter { $0.commandName != "help" }
                    return parts.isEmpty ? [name] : parts.flatMap { $0.leaves(below: name) }
                }
            }

            var command: Command
        }

        @Test("docs/cli.md names every command of both programs and no other") func commands() async throws {
            var existing: Set<String> = []
            for program in [Programs.hanzod, Programs.hanzoDev] {
                let output = try await Programs.run(program, ["--experimental-dump-help"])
                let dump = try JSONDecoder().decode(Dump.self, from: Data(output.text.utf8))
                existing.formUnion(dump.command.leaves(below: ""))
            }
            let documented = try Self.documented()
            #expect(existing.count > 30)
            #expect(documented.subtracting(existing).sorted() == [], "in the page, not in a program")
            #expect(existing.subtracting(documented).sorted() == [], "in a program, not in the page")
        }

        /// `` `hanzo-dev mesh peers`, `agents` `` in a first column names two commands, `` `task offer\|claim` `` too.
        private static func documented() throws -> Set<String> {
            let text = try String(contentsOfFile: Programs.repository + "/docs/cli.md", encoding: .utf8)
            var found: Set<String> = []
            for line in text.split(separator: "\n") where line.hasPrefix("| `hanzo") {
                let row = line.dropFirst(2).replacing("\\|", with: "/")
                let names = (row.split(separator: "|").first ?? "").split(separator: ", ").map { words(of: $0) }
                guard let first = names.first else { continue }
                for last in (first.last ?? "").split(separator: "/") {
                    found.insert((first.dropLast() + [String(last)]).joined(separator: " "))
                }
                // A short second name is a sibling where there is a group of that kind, else a command of its own.
                for name in names.dropFirst() {
                    let group = first.last == "show" ? Array(first.dropLast()) : Array(first.prefix(1))
                    found.insert((group + name).joined(separator: " "))
                }
            }
            return found
        }

        /// The words of a command without its arguments.
        private static func words(of cell: Substring) -> [String] {
            cell.replacing("`", with: "").split(separator: " ").map(String.init)
                .prefix { !$0.hasPrefix("-") && $0.first?.isUppercase == false }.map(\.self)
        }
    }
}
