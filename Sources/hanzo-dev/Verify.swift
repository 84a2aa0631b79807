import ArgumentParser
import Certificates
import Console
import Foundation
import MeshCrypto
import Primitives

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check proof bundles offline.",
        discussion: "Needs no node and no configuration: the network's identifier is all that is trusted. Status 0 where all is valid, and no commit was rejected.")

    @Argument(
        help: ArgumentHelp("Proof bundles, as `hanzod state get KEY --proof FILE` writes them.", valueName: "file"))
    var files: [String]

    @Option(help: ArgumentHelp("The NetworkID: 64 hexadecimal digits.", valueName: "id"))
    var network: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        guard let digest = Digest(hex: network) else {
            throw Complaint(.usage, "--network \(network) is no NetworkID", remedy: "give 64 hexadecimal digits")
        }
        let network = NetworkID(digest)
        let reports = try files.map { try report($0, network) }
        for report in reports { output.print(report) }
        let failed = reports.count { !$0.valid }
        if failed > 0 { throw Complaint(.failed, "\(failed) of \(reports.count) bundles prove nothing") }
        let rejected = reports.count { $0.isRejection }
        if rejected > 0 { throw Complaint(.failed, "\(rejected) of \(reports.count) bundles prove that a commit was rejected") }
    }

    private static func outcome(of record: CommitRecord) -> String {
        record.result.map { "\($0)" } ?? "code \(record.outcome), which this program doesn't know"
    }

    private func report(_ file: String, _ network: NetworkID) throws(Complaint) -> VerificationReport {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Complaint(.notFound, "cannot read \(file)")
        }
        do throws(ProofFailure) {
            let verifier = ProofVerifier(network: network, verifier: SignatureVerifier())
            let proven = try verifier.verify(framed: Array(data))
            return VerificationReport(
                file: file, network: network, key: String(decoding: proven.key, as: UTF8.self), value: proven.value,
                height: proven.header.height, headerTime: proven.header.time, stateRoot: proven.header.stateRoot,
                commitAuthor: proven.commit?.agent, outcome: proven.commit.map { Self.outcome(of: $0.record) })
        } catch {
            return VerificationReport(file: file, network: network, reason: error.description)
        }
    }
}
