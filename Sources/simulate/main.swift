// simulate: runs seeds, prints a line for each that fails and one line of JSON.

import Foundation
import Simulator

let arguments: Arguments
do { arguments = try Arguments(Array(CommandLine.arguments.dropFirst())) } catch {
    Runner.say("simulate: \(error.text)\n\(Arguments.usage)")
    exit(2)
}
do {
    let tally = try Runner.runAll(arguments)
    print(tally.json)
    exit(tally.violationCount > 0 ? 1 : 0)
} catch {
    Runner.say("simulate: \(arguments.tape ?? ""): \(error)")
    exit(2)
}
