/// What the command line says.
struct Options {
    var targets: [String] = []
    /// Where the Swift goes, relative to the target's folder.
    var output = "Generated"
    var importPaths: [String] = []
    /// Compare instead of writing.
    var isCheck = false
    var isHelp = false

    static let help = """
        Writes the Swift of Cap'n Proto schemas: of all `.capnp` files in a target's folder.

        USAGE: swift package generate-capnp [--target NAME]... [--output FOLDER] [--import-path FOLDER]... [--check]

          --target NAME         a target with schemas; may be repeated. Without, all targets of the package that have some.
          --output FOLDER       where the Swift goes, relative to the target's folder (default: Generated). `a/b.capnp` of the
                                target becomes `Generated/a/b.capnp.swift`.
          --import-path FOLDER  where `import "/name.capnp"` looks, relative to the package; may be repeated. `/swift.capnp` is
                                always found.
          --check               write nothing; fail, and name the files, where what is there is not what would be generated
          --help                this text

        SwiftPM asks before a plugin writes; `swift package --allow-writing-to-package-directory generate-capnp` answers ahead.
        Needs `capnp`, the schema compiler: apt-get install capnproto, or brew install capnp. CAPNP names it where it isn't in PATH.
        """

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func value(_ option: String) throws -> String {
            guard let value = rest.popFirst(), !value.hasPrefix("--") else { throw Failure("\(option) needs a value") }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--target": targets.append(try value(argument))
            case "--output": output = try value(argument)
            case "--import-path": importPaths.append(try value(argument))
            case "--check": isCheck = true
            case "--help", "-h": isHelp = true
            default: throw Failure("\(argument) is not known; see swift package generate-capnp --help")
            }
        }
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
