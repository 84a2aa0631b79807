"""A Reticulum node of the reference implementation, driven by lines: commands on standard input, one JSON object per event on standard
output. Only the documented interface of the package is used.

    reticulum-peer.py FOLDER PORT [NETWORK-NAME [PASSPHRASE]]

It connects to 127.0.0.1:PORT, and has a SINGLE destination `mesh.interop` with ratchets that proves every packet, a GROUP and a PLAIN one.
"""
import json
import os
import sys
import threading

import RNS

folder, port, access = sys.argv[1], sys.argv[2], sys.argv[3:]
lock = threading.Lock()


def tell(event, **fields):
    with lock:
        print(json.dumps({"event": event, **{k: v.hex() if isinstance(v, bytes) else v for k, v in fields.items()}}), flush=True)


with open(os.path.join(folder, "config"), "w") as file:
    file.write("[reticulum]\nenable_transport = no\nshare_instance = no\npanic_on_interface_error = no\n[logging]\nloglevel = 0\n")
    file.write("[interfaces]\n[[peer]]\ntype = TCPClientInterface\nenabled = yes\ntarget_host = 127.0.0.1\n")
    file.write(f"target_port = {port}\n")
    for key, value in zip(("network_name", "passphrase"), access):
        if value:
            file.write(f"{key} = {value}\n")

RNS.Reticulum(folder, loglevel=0)
identity = RNS.Identity()
single = RNS.Destination(identity, RNS.Destination.IN, RNS.Destination.SINGLE, "mesh", "interop")
single.enable_ratchets(os.path.join(folder, "ratchets"))
single.set_proof_strategy(RNS.Destination.PROVE_ALL)
single.set_packet_callback(lambda data, packet: tell("packet", data=data))
group = RNS.Destination(identity, RNS.Destination.IN, RNS.Destination.GROUP, "mesh", "group")
group.create_keys()
group.set_packet_callback(lambda data, packet: tell("group", data=data))
plain = RNS.Destination(None, RNS.Destination.IN, RNS.Destination.PLAIN, "mesh", "plain")
plain.set_packet_callback(lambda data, packet: tell("plain", data=data))
links = []


def watch(link):
    links.append(link)
    link.set_packet_callback(lambda data, packet: tell("said", data=data))
    link.set_remote_identified_callback(lambda link, who: tell("identified", identity=who.hash))
    link.set_link_closed_callback(lambda link: tell("closed"))
    tell("link", id=link.link_id)


single.set_link_established_callback(watch)


class Announces:
    aspect_filter = None

    def received_announce(self, destination_hash, announced_identity, app_data):
        tell("announce", destination=destination_hash, identity=announced_identity.hash, data=app_data or b"")


RNS.Transport.register_announce_handler(Announces())


def other(destination_hash):
    return RNS.Destination(RNS.Identity.recall(destination_hash), RNS.Destination.OUT, RNS.Destination.SINGLE, "mesh", "swift")


def send(to, data):
    receipt = RNS.Packet(to, data).send()
    receipt.set_timeout(60)
    receipt.set_delivery_callback(lambda receipt: tell("delivered"))
    tell("sent")  # a proof that comes before this finds nobody who waits for it


tell("ready", destination=single.hash, identity=identity.get_public_key(), group=group.hash, key=group.get_private_key(),
     plain=plain.hash)
for line in sys.stdin:
    command, *words = line.split()
    words = [bytes.fromhex(word) for word in words]
    if command == "announce":
        single.announce(app_data=words[0])
    elif command == "send":
        send(other(words[0]), words[1])
    elif command == "group":
        RNS.Packet(group, words[0]).send()
    elif command == "plain":
        RNS.Packet(RNS.Destination(None, RNS.Destination.OUT, RNS.Destination.PLAIN, "mesh", "plain"), words[0]).send()
    elif command == "path":
        RNS.Transport.request_path(words[0])
    elif command == "link":
        RNS.Link(other(words[0]), established_callback=watch)
    elif command == "say":
        send(links[-1], words[0])
    elif command == "identify":
        links[-1].identify(identity)
    elif command == "teardown":
        links[-1].teardown()
os._exit(0)
