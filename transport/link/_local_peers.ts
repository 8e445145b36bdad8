/** Data channels between two connections of this process, without signalling: for tests and benches. */
import { useWebRtc, type WebRtc } from "./webrtc.ts";

/** One end: the connection and its channel, open. */
export interface LocalPeer {
  readonly connection: RTCPeerConnection;
  readonly channel: RTCDataChannel;
}

/** Two connections over loopback with one ordered channel; `rtc` is released by the caller, after both were closed. */
export async function localPeers(label = "test"): Promise<{ rtc: WebRtc; one: LocalPeer; other: LocalPeer }> {
  const rtc = await useWebRtc();
  const ice = { bindAddress: "127.0.0.1" };
  const one = rtc.connection(ice), other = rtc.connection(ice);
  one.onicecandidate = ({ candidate }) => void (candidate && other.addIceCandidate(candidate));
  other.onicecandidate = ({ candidate }) => void (candidate && one.addIceCandidate(candidate));
  const channel = one.createDataChannel(label, { ordered: true });
  const opened = new Promise<void>((resolve) => channel.onopen = () => resolve());
  const told = new Promise<RTCDataChannel>((resolve) => other.ondatachannel = ({ channel }) => resolve(channel));
  const offer = await one.createOffer();
  await one.setLocalDescription(offer);
  await other.setRemoteDescription(offer);
  const answer = await other.createAnswer();
  await other.setLocalDescription(answer);
  await one.setRemoteDescription(answer);
  await opened;
  return { rtc, one: { connection: one, channel }, other: { connection: other, channel: await told } };
}
