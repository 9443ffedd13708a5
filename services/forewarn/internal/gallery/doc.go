// Package gallery makes the pictures of the README: pages of a demo as a browser shows them, and what people would see of it in their
// chats.
//
// The demo runs as it does for everybody, but that it has channels, to robots of DingTalk and WeCom and an application of Feishu which
// stand in this process and take what the channels really send. What they take is drawn by a page of our own, by what each platform
// documents of its Markdown and cards: it is no screenshot of their programs, and the pictures say so.
package gallery
