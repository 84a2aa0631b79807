import Identity
import MeshCrypto
import Primitives

/// An identity file as it is, and with its checksum mended: what can be read writes the same bytes.
func fuzzIdentity(_ input: UnsafeRawBufferPointer) {
    let bytes = [UInt8](input)
    check(bytes)
    guard bytes.count >= 32 else { return }
    var hasher = SHA256Hasher()
    hasher.update("hanzo/identity-file/v1")
    hasher.update(bytes.dropLast(32))
    check(bytes.dropLast(32) + hasher.finalize().bytes)
}

private func check(_ bytes: [UInt8]) {
    let identity: SecretIdentity
    do { identity = try IdentityFile.decode(bytes) } catch { return }
    precondition(identity.fileBytes() == bytes, "the file isn't canonical")
    precondition(identity.name.utf8.count <= SecretIdentity.maxNameByteCount)
}
