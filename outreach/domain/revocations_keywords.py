"""Single words by which people ask to be left alone, to start again, or for help.

A keyword is a whole message, whatever its case, accents, blanks and punctuation. Carriers know
only their own English ones, so the lists are ours.
"""

from typing import Final

STOP: Final = """
    stop stopp stopall stoptexting stopmsg stopsms stopcontact stopit stopnow stopthis stopthat
    stoptexts stopmessages stopmessaging stopplease st0p 5top sotp stpo tsop stap stahp stawp
    unsubscribe unsub unsubscribeme unsubscribed cancel end quit revoke optout optmeout remove
    removeme takemeoff dnc donotcall donotcontact donottext
    alto parar pare paren para parale parenle parenla basta bastaya yabasta baja cancelar detener nomas nomore yanomas yano
    nomasmensajes salir darmedebaja desuscribir desuscribirme desuscribirse anular anularsuscripcion
    arret arreter arretez desabonner desinscrire desinscription
    abmelden abbestellen aufhoren austragen sair remover descadastrar
    ferma cancella disiscrivi disiscrivimi annulla
    退订 退定 推订 退丁 取消 停止 停 停止发送 拒收 取消订阅 取消短信 不再接收 别发了 不要发了
    别再发了 不要再发了 不用再发了 别催了 勿扰 免打扰 请勿打扰 短信退订 退订短信 我要退订
    t r td tdqx qxdy 回t 回td 回复t 回复td 回r 回复r tuiding tuidin 配信停止 解除 停止希望
    やめて 수신거부 중지 거부 그만 रोकें बंद बंदकरो रोको huy dung ngung tuchoi berhenti batal
    henti hinto tigil itigil หยุด ยกเลิก توقف الغاء ايقاف اوقف стоп отписаться отмена отписка
    хватит iptal dur ret koniec rezygnuje wypisz
"""
# Those that American carriers and providers recognize and answer themselves.
CARRIERS: Final = "stop stopall unsubscribe cancel end quit revoke optout"
START: Final = """
    start unstop optin optmein resume subscribe comenzar iniciar empezar reanudar alta demarrer
    starten 恢复 恢复接收 开始 重新订阅 订阅 시작
"""
HELP: Final = "help info information ayuda aide hilfe ajuda aiuto 帮助 求助 ヘルプ 도움말 помощь"

# Said with a keyword, they change nothing: `stop please`, `ok stop now thanks`.
AROUND: Final = """
    please thanks thank you ok okay now immediately asap all it this that texts texting messages
    and just hey hi hello sir madam everything already today at once right reply enough
    por favor gracias ya ahora mismo todo esto eso mensajes sms
"""

# First words that say it all, unless what follows makes them an ordinary verb.
STRONG_FIRST: Final = "stop stopp stopall unsubscribe unsub optout alto basta стоп"

# Usual spellings, each read as the second word or words.
SPELLINGS: Final = """
    u=you ur=your yall=you r=are n=and b4=before im=i_am ive=i_have ill=i_will id=i_would
    pls=please plz=please plzz=please pleas=please pleez=please thx=thanks ty=thanks tx=thanks
    txt=text txts=texts txting=texting txtn=texting txtin=texting textin=texting txted=texted
    msg=message msgs=messages msging=messaging msgd=messaged messeges=messages mesages=messages
    stoped=stopped stp=stop stahp=stop stawp=stop sotp=stop stpo=stop st0p=stop stopp=stop
    unsuscribe=unsubscribe unsubcribe=unsubscribe unsubscibe=unsubscribe unsubscribe=unsubscribe
    dnt=dont doesnt=dont didnt=didnt cannot=cant wanna=want gonna=going_to gotta=have_to
    kno=know tho=though cuz=because bc=because tmrw=tomorrow tmr=tomorrow tmw=tomorrow
    num=number nbr=number acct=account req=requested reqd=requested cust=customer ct=customer
    brw=customer brwr=customer borrower=customer consumer=customer debtor=customer client=customer
    cardholder=customer caller=customer atty=attorney pymt=payment pmt=payment
    xfa=por_favor porfa=por_favor porfis=por_favor pf=por_favor msj=mensaje msjs=mensajes
    mjs=mensajes mje=mensaje mjes=mensajes q=que k=que xq=porque pq=porque tb=tambien
    cte=cliente cta=cuenta tel=telefono cel=celular titular=cliente deudor=cliente clienta=cliente
    acreditado=cliente usuario=cliente texto=texto txto=texto
"""

# What people say while they think; no word of what they mean.
FILLERS: Final = "um uh uhh er erm hmm hm mm mhm ah oh eh ehh em mmm pues osea"
